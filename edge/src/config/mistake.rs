//! What can be wrong with a variable, in words for the operator. No variant carries a secret.

use core::fmt;

use checkout::id::BadName;
use wechatpay::key::BadKey;

use crate::catalogue::BadCatalogue;
use crate::origin::BadOrigin;
use crate::token::WeakKey;
use crate::webhook::{BadWebhookSecret, BadWebhookUrl};

/// One variable that keeps the Worker from working.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misconfigured {
    /// The variable's name.
    pub variable: String,
    /// What is wrong with its value.
    pub mistake: Mistake,
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// There is none.
    Missing,
    /// Longer than Cloudflare stores: it would arrive cut, or not at all.
    TooLong {
        /// This many bytes.
        bytes: usize,
    },
    /// Not the PEM, or not the key, that belongs here.
    Key(BadKey),
    /// Not an origin.
    Origin(BadOrigin),
    /// One of the listed origins is none.
    Listed {
        /// Which.
        origin: String,
        /// What is wrong with it.
        mistake: BadOrigin,
    },
    /// Plain http to somewhere else than this machine.
    Insecure,
    /// A key of our own that is too weak.
    Weak(WeakKey),
    /// Not a catalogue.
    Catalogue(BadCatalogue),
    /// Not a whole number within bounds.
    Number {
        /// The least.
        least: u32,
        /// The most.
        most: u32,
    },
    /// Neither on nor off.
    Switch,
    /// None of the choices that there are.
    Policy {
        /// Those.
        choices: &'static str,
    },
    /// Neither an IPv4 nor an IPv6 address.
    Address,
    /// It needs keys that are not there.
    WithoutKeys {
        /// The variable of the first of them, without a prefix.
        variable: &'static str,
    },
    /// Not a lifetime.
    Lifetime(BadName),
    /// Not a merchant number.
    Mchid,
    /// Not an app id.
    Appid,
    /// Not the serial of a certificate.
    Serial,
    /// Another serial than the certificate's.
    OtherSerial {
        /// What the certificate says.
        certificate: String,
    },
    /// Not the id of a platform public key.
    PublicKeyId,
    /// The key that is to take another one's place has the same certificate.
    SameSerial,
    /// Not an object of sub-merchants; the parser's words.
    SubMerchants(String),
    /// This sub-merchant stands there twice, or is the service provider itself.
    SubMerchantTwice(String),
    /// Not the name of a profile.
    Profile(BadName),
    /// This profile is named twice, or has the name of the one without a prefix.
    ProfileTwice(String),
    /// More profiles than a deployment has room for.
    TooManyProfiles,
    /// Another profile has the same secret key: nobody could tell who is asking.
    SharedKey {
        /// Which.
        profile: String,
    },
    /// The merchant's own certificate where the platform's belongs.
    OwnCertificate,
    /// Not an address that a shop may be told at.
    WebhookUrl(BadWebhookUrl),
    /// Not what signs a webhook.
    WebhookSecret(BadWebhookSecret),
    /// Another profile's webhook is signed with the same secret, and is another one.
    SharedSecret {
        /// Which.
        profile: String,
    },
}

impl fmt::Display for Misconfigured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.variable, self.mistake)
    }
}

impl core::error::Error for Misconfigured {}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "it is not set",
            Self::TooLong { bytes } => {
                return write!(f, "it has {bytes} bytes, a variable holds 5120");
            }
            Self::Key(mistake) => return mistake.fmt(f),
            Self::Origin(mistake) => return mistake.fmt(f),
            Self::Listed { origin, mistake } => return write!(f, "{origin:?}: {mistake}"),
            Self::Insecure => "plain http is for loopback addresses only; use https",
            Self::Weak(WeakKey::TooShort { chars }) => {
                return write!(f, "a key has at least 32 characters, not {chars}");
            }
            Self::Weak(WeakKey::Count { keys }) => {
                return write!(f, "one or two keys separated by a space are expected, not {keys}");
            }
            Self::Catalogue(mistake) => return mistake.fmt(f),
            Self::Number { least, most } => {
                return write!(f, "a whole number from {least} to {most} is expected");
            }
            Self::Policy { choices } => return write!(f, "{choices} is expected"),
            Self::Switch => "on or off is expected",
            Self::Address => "an IPv4 or IPv6 address is expected, such as 203.0.113.7",
            Self::WithoutKeys { variable } => {
                return write!(f, "this takes {variable} of the same profile, which is not set");
            }
            Self::Lifetime(mistake) => return mistake.fmt(f),
            Self::Mchid => "a merchant number is 1 to 32 digits",
            Self::Appid => "an app id is 1 to 32 letters and digits, such as wx8888888888888888",
            Self::Serial => "a certificate's serial is up to 40 hex digits",
            Self::OtherSerial { certificate } => {
                return write!(f, "the certificate beside it has the serial {certificate}");
            }
            Self::PublicKeyId => "a platform public key's id begins with PUB_KEY_ID_",
            Self::SameSerial => "the next key is the one that it is to replace",
            Self::SubMerchants(words) => {
                return write!(f, "it is not a JSON object of sub-merchants: {words}");
            }
            Self::SubMerchantTwice(number) => {
                return write!(f, "{number} stands there twice, or is the service provider itself");
            }
            Self::Profile(mistake) => return mistake.fmt(f),
            Self::ProfileTwice(name) => {
                return write!(f, "{name:?} is named twice, or is the profile without a prefix");
            }
            Self::TooManyProfiles => "a deployment has room for nine besides the default one",
            Self::SharedKey { profile } => {
                return write!(f, "the profile {profile} has the same key; each needs its own");
            }
            Self::OwnCertificate => {
                "this is the merchant's certificate, the platform's is expected"
            }
            Self::WebhookUrl(mistake) => return mistake.fmt(f),
            Self::WebhookSecret(mistake) => return mistake.fmt(f),
            Self::SharedSecret { profile } => {
                return write!(f, "the profile {profile} signs another webhook with the same one");
            }
        })
    }
}

impl From<BadKey> for Mistake {
    fn from(mistake: BadKey) -> Self {
        Self::Key(mistake)
    }
}

impl From<BadOrigin> for Mistake {
    fn from(mistake: BadOrigin) -> Self {
        Self::Origin(mistake)
    }
}

impl From<(String, BadOrigin)> for Mistake {
    fn from((origin, mistake): (String, BadOrigin)) -> Self {
        Self::Listed { origin, mistake }
    }
}

impl From<WeakKey> for Mistake {
    fn from(mistake: WeakKey) -> Self {
        Self::Weak(mistake)
    }
}

impl From<BadCatalogue> for Mistake {
    fn from(mistake: BadCatalogue) -> Self {
        Self::Catalogue(mistake)
    }
}

impl From<BadWebhookUrl> for Mistake {
    fn from(mistake: BadWebhookUrl) -> Self {
        Self::WebhookUrl(mistake)
    }
}

impl From<BadWebhookSecret> for Mistake {
    fn from(mistake: BadWebhookSecret) -> Self {
        Self::WebhookSecret(mistake)
    }
}
