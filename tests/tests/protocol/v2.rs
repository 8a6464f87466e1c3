//! V2: every published sign and every sample of the reference, reproduced and read; each with
//! siblings that have one thing changed; and XML that attacks whoever reads it.

mod attacks;
mod naive;
mod properties;
mod samples;
mod siblings;
mod signs;
mod vector;
