//! WeChat Pay language.
