//! The promises of the project live beside this file, in `tests/`.
