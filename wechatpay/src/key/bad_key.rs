//! The mistakes, by name. No variant carries any byte of a key.

use core::fmt;

/// What a text can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Material {
    /// `apiclient_key.pem`, the merchant's secret.
    PrivateKey,
    /// `pub_key.pem`, the platform's public key.
    PublicKey,
    /// `apiclient_cert.pem` or a platform certificate.
    Certificate,
}

impl fmt::Display for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PrivateKey => "a private key",
            Self::PublicKey => "a public key",
            Self::Certificate => "a certificate",
        })
    }
}

/// Why a text is not the key that it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadKey {
    /// There is nothing in it.
    Empty,
    /// It is neither PEM nor base64.
    NotPem,
    /// A PEM block begins and does not end, or ends under another label.
    Unfinished,
    /// There is text before, between or after the PEM blocks.
    TextAround,
    /// There are several PEM blocks where one is expected.
    Several {
        /// This many.
        blocks: usize,
    },
    /// What stands between the PEM lines is not base64.
    BadBase64,
    /// Bytes follow the end of the key.
    TrailingBytes,
    /// The bytes are not of any shape we know, or are cut off.
    Unreadable,
    /// One kind where another is expected.
    WrongKind {
        /// What should be here.
        expected: Material,
        /// What is.
        given: Material,
    },
    /// A PKCS#12 bundle (`apiclient_cert.p12`): the key has to be taken out of it first.
    Pkcs12,
    /// The private key is protected by a pass phrase.
    Encrypted,
    /// An elliptic-curve key (SM2 included); the platform's scheme here is RSA.
    EllipticCurve,
    /// Neither RSA nor an elliptic curve.
    OtherAlgorithm,
    /// RSA, but not of 2048 bits.
    WrongSize {
        /// Of this many.
        bits: usize,
    },
    /// The parts of the private key do not belong together.
    Inconsistent,
    /// The private key is not the one that the certificate was made for.
    NotOfThisCertificate,
    /// The APIv3 key does not have 32 characters.
    ApiV3KeyLength {
        /// But this many bytes.
        bytes: usize,
    },
    /// The APIv3 key has characters other than letters and digits.
    ApiV3KeyCharacters,
    /// More APIv3 keys than the two of a replacement.
    ApiV3KeyCount {
        /// This many.
        keys: usize,
    },
    /// The V2 key does not have 32 characters.
    ApiV2KeyLength {
        /// But this many bytes.
        bytes: usize,
    },
    /// The V2 key has white space or other characters that cannot be seen.
    ApiV2KeyCharacters,
    /// More V2 keys than the two of a replacement.
    ApiV2KeyCount {
        /// This many.
        keys: usize,
    },
}

impl fmt::Display for BadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "it is empty",
            Self::NotPem => "it is neither PEM nor base64",
            Self::Unfinished => "its BEGIN line has no END line of the same label",
            Self::TextAround => "there is text around the lines from BEGIN to END",
            Self::Several { blocks } => return write!(f, "one is expected, here are {blocks}"),
            Self::BadBase64 => "what stands between BEGIN and END is not base64",
            Self::TrailingBytes => "bytes follow the end of the key",
            Self::Unreadable => "its bytes are damaged or of an unknown kind",
            Self::WrongKind { expected, given } => {
                return write!(f, "{expected} is expected, this is {given}");
            }
            Self::Pkcs12 => "this is a PKCS#12 bundle; take apiclient_key.pem instead",
            Self::Encrypted => "this private key has a pass phrase; remove it first",
            Self::EllipticCurve => "this is an elliptic-curve key; an RSA key is expected",
            Self::OtherAlgorithm => "this key is not an RSA key",
            Self::WrongSize { bits } => return write!(f, "2048 bits are expected, not {bits}"),
            Self::Inconsistent => "the parts of this private key do not belong together",
            Self::NotOfThisCertificate => "the private key does not belong to the certificate",
            Self::ApiV3KeyLength { bytes } => {
                return write!(f, "an APIv3 key has 32 characters, not {bytes}");
            }
            Self::ApiV3KeyCharacters => "an APIv3 key has only letters and digits",
            Self::ApiV3KeyCount { keys } => {
                return write!(f, "one APIv3 key, or two while one replaces the other, not {keys}");
            }
            Self::ApiV2KeyLength { bytes } => {
                return write!(f, "a V2 key has 32 characters, not {bytes}");
            }
            Self::ApiV2KeyCharacters => "a V2 key has only visible ASCII characters",
            Self::ApiV2KeyCount { keys } => {
                return write!(f, "one V2 key, or two while one replaces the other, not {keys}");
            }
        })
    }
}

impl core::error::Error for BadKey {}
