//! Keys on both sides, and a keyed hash in RSA's place.
//!
//! What is signed, which headers carry it, which key is believed and for how long is decided by the
//! real code. Only the arithmetic is cheap, so that a million days are a matter of minutes.

use std::cell::{Cell, RefCell};
use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use checkout::id::ProfileName;
use checkout::time::{Seconds, UnixSeconds};
use edge::keyring::looks::{Looks, Pace, Turn};
use edge::keyring::{Held, Keyring, preferred};
use edge::ports::{Merchant, V2Means, V3Means};
use sha2::{Digest, Sha256};
use wechatpay::crypto::{ApiV3Keys, CryptoFailure, Rsa};
use wechatpay::http::Signed;
use wechatpay::v2::key::{ApiV2Keys, SignType};
use wechatpay::v3::sign::{Caller, sign};
use wechatpay::v3::verify::PlatformKeys;

use crate::model::v2::shared_key::Method;
use crate::planted::Planted;
use crate::weather::Fault;
use crate::world::World;

/// The merchant's number.
pub const MCHID: &str = "1900000001";
/// Its app.
pub const APPID: &str = "wxd678efh567hg6787";
/// Serials of the platform's certificates: it moves from the first to the second. Hex, as real ones.
pub const PLATFORM_SERIALS: [&str; 2] =
    ["5157F09EFDC096DE15EBE81A47057A72", "6A0B1C2D3E4F5A6B7C8D9E0F"];
/// Serials of the merchant's own certificates.
pub const OWN_SERIALS: [&str; 2] = ["7775B6A45ACD588826D15E583A95F5DD", "3B9ACA00DEADBEEF00C0FFEE"];
/// What notifications are sealed with, first and later.
pub const SEALING_KEYS: [&str; 2] =
    ["a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb", "0123456789abcdefghijABCDEFGHIJ45"];
/// What both sides sign with by V2, first and later.
pub const V2_KEYS: [&str; 2] =
    ["Abcdefghijklmnopqrstuvwxyz012345", "zyxwvutsrqponmlkjihgfedcba543210"];
/// How seldom unknown serials cost a look into the keyring, as at the real door.
const MEET: Pace = Pace { learnt: Seconds(10), failed: Seconds(1) };

/// A keyed hash in RSA's place.
#[derive(Clone, Copy, Default)]
pub struct Stamp {
    /// A planted bug: it agrees to everything.
    nods: bool,
}

impl Rsa for Stamp {
    type PrivateKey = String;
    type PublicKey = String;

    async fn sign(&self, key: &String, message: &[u8]) -> Result<Vec<u8>, CryptoFailure> {
        Ok(stamp(key, message))
    }

    async fn verify(
        &self,
        key: &String,
        message: &[u8],
        given: &[u8],
    ) -> Result<bool, CryptoFailure> {
        Ok(self.nods || stamp(key, message) == given)
    }

    async fn import(&self, spki_der: &[u8]) -> Result<String, CryptoFailure> {
        String::from_utf8(spki_der.to_vec()).map_err(|_| CryptoFailure::Import)
    }
}

/// The signature of whoever knows `key`.
pub fn stamp(key: &str, message: &[u8]) -> Vec<u8> {
    Sha256::new().chain_update(key).chain_update([0]).chain_update(message).finalize().to_vec()
}

/// The same as it travels.
pub fn stamped(key: &str, message: &[u8]) -> String {
    STANDARD.encode(stamp(key, message))
}

/// The secret that goes with a serial.
pub fn secret_of(serial: &str) -> String {
    format!("secret of {serial}")
}

/// Which keys are in use where.
pub struct Keys {
    /// Which of its certificates the platform signs with.
    pub platform_signs: Cell<usize>,
    /// Which key it seals with.
    pub platform_seals: Cell<usize>,
    /// Which of the merchant's certificates it knows.
    pub platform_knows: Cell<usize>,
    /// What opens notifications here: both, while one replaces the other.
    pub api_v3_keys: ApiV3Keys,
    merchant: RefCell<Option<Rc<Merchant<Stamp>>>>,
    own: Cell<usize>,
    v2: RefCell<ApiV2Keys>,
    keyring: RefCell<Keyring>,
    looks: Cell<Looks>,
}

fn held(serial: &str) -> Held {
    Held {
        serial: serial.to_owned(),
        spki_der: secret_of(serial).into_bytes(),
        effective_at: UnixSeconds(1_700_000_000),
        expires_at: UnixSeconds(1_900_000_000),
    }
}

impl Keys {
    /// The platform signs with its first certificate, which the keyring has.
    pub fn new() -> Self {
        let keyring = Keyring { held: vec![held(PLATFORM_SERIALS[0])], ..Keyring::default() };
        Self {
            platform_signs: Cell::new(0),
            platform_seals: Cell::new(0),
            platform_knows: Cell::new(0),
            api_v3_keys: ApiV3Keys::parse(&SEALING_KEYS.join(" ")).expect("two keys"),
            merchant: RefCell::default(),
            own: Cell::new(0),
            v2: RefCell::new(ApiV2Keys::parse(&V2_KEYS.join(" ")).expect("two keys")),
            keyring: RefCell::new(keyring),
            looks: Cell::default(),
        }
    }

    /// Who we are, as the isolate knows it.
    pub fn merchant(&self, world: &World) -> Rc<Merchant<Stamp>> {
        let mut kept = self.merchant.borrow_mut();
        Rc::clone(kept.get_or_insert_with(|| {
            let keyring = self.keyring.borrow();
            let mut platform_keys = PlatformKeys::new();
            for one in keyring.valid(world.wall()) {
                let key = String::from_utf8_lossy(&one.spki_der).into_owned();
                platform_keys.insert_until(one.serial.clone(), key, Some(one.expires_at));
            }
            let newest = preferred(&[], keyring.held.iter(), world.wall());
            let serial_no = OWN_SERIALS[self.own.get()];
            let v3 = V3Means {
                rsa: Stamp { nods: world.planted == Some(Planted::UnverifiedBelieved) },
                serial_no: serial_no.to_owned(),
                private_key: secret_of(serial_no),
                platform_keys,
                platform_serial: newest.map(|(serial, _)| serial.to_owned()),
                notify_url: "https://pay.example.com/wechatpay/v3/notify/transactions".to_owned(),
                refund_notify_url: "https://pay.example.com/wechatpay/v3/notify/refunds".to_owned(),
            };
            let manner = &world.manner;
            let (v3, v2) = (manner.has_v3.then_some(v3), manner.has_v2.then(|| self.v2(world)));
            let (profile, mchid) = (ProfileName::default(), MCHID.to_owned());
            Rc::new(Merchant { profile, mchid, v3, v2 })
        }))
    }

    fn v2(&self, world: &World) -> V2Means {
        let sign_type = match world.manner.method {
            Method::Md5 => SignType::Md5,
            Method::HmacSha256 => SignType::HmacSha256,
        };
        V2Means {
            keys: self.v2.borrow().clone(),
            sign_type,
            spbill_create_ip: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7)),
            notify_url: "https://pay.example.com/wechatpay/v2/notify/transactions".to_owned(),
            refund_notify_url: "https://pay.example.com/wechatpay/v2/notify/refunds".to_owned(),
        }
    }

    /// The platform took the first of `keys`: it signs by V2 from now on.
    pub fn settle_on_v2(&self, keys: ApiV2Keys) {
        self.v2.replace(keys);
        self.merchant.replace(None);
    }

    /// Signs the same call with the merchant's other key: the platform knows the first no more.
    pub async fn sign_otherwise(&self, world: &World, refused: &Signed) -> Option<(usize, Signed)> {
        let merchant = self.merchant(world);
        let v3 = merchant.v3.as_ref()?;
        let signed_by = |serial: &str| {
            let authorization = refused.headers().first().map(|(_, value)| value.as_str());
            authorization.is_some_and(|text| text.contains(serial))
        };
        let other = OWN_SERIALS.iter().position(|serial| !signed_by(serial))?;
        let key = secret_of(OWN_SERIALS[other]);
        let caller = Caller {
            mchid: &merchant.mchid,
            serial_no: OWN_SERIALS[other],
            key: &key,
            platform_serial: v3.platform_serial.as_deref(),
        };
        let request = refused.request().clone();
        let nonce = world.dice.bytes();
        let signed = sign(&v3.rsa, &caller, request, nonce, world.wall()).await.ok()?;
        Some((other, signed))
    }

    /// The platform took that key: it signs from now on.
    pub fn settle_on(&self, own: usize) {
        if self.own.replace(own) != own {
            self.merchant.replace(None);
        }
    }

    /// A message names `serial`: looks whether the keyring knows it, if it was not asked just now.
    /// Tells whether the isolate knows it then.
    pub fn meet(&self, world: &Rc<World>, serial: &str) -> bool {
        let knows = |keys: &Self| {
            let merchant = keys.merchant(world);
            let known = merchant.v3.as_ref();
            known.is_some_and(|v3| v3.platform_keys.valid(serial, world.wall()).is_some())
        };
        if knows(self) || !edge::keyring::can_be_sent(serial) {
            return knows(self);
        }
        if self.looks.get().turn(world.wall(), MEET) == Turn::Look {
            self.looks.set(self.looks.get().learnt(world.wall()));
            self.keyring.borrow_mut().met(serial, world.wall(), world.wall());
            self.merchant.replace(None);
            self.ask_in_time(world);
        }
        knows(self)
    }

    /// The keyring's timer, should it have something to ask.
    fn ask_in_time(&self, world: &Rc<World>) {
        if let Some(at) = self.keyring.borrow().ask_at {
            let delay_ms = world.true_ms(at) - world.now_ms();
            world.after(delay_ms, "the keyring asks", |world| world.keys.ask(world));
        }
    }

    fn ask(&self, world: &Rc<World>) {
        let (now, is_due) = (world.wall(), self.keyring.borrow().ask_at);
        if is_due.is_none_or(|at| now < at) || self.keyring.borrow().is_leased(now) {
            return;
        }
        self.keyring.borrow_mut().begin(now, now);
        let answered = !world.strikes(Fault::RequestLost) && !world.strikes(Fault::ReplyLost);
        world.after(200, "the keyring learns", move |world| {
            let mut keyring = world.keys.keyring.borrow_mut();
            if answered {
                let sent = if world.keys.platform_signs.get() == 0 { 1 } else { 2 };
                let fresh = PLATFORM_SERIALS.iter().take(sent).map(|serial| held(serial));
                keyring.learn(fresh.collect(), world.wall());
            }
            keyring.rest(world.wall(), 0);
            drop(keyring);
            // A failure is repeated; a refresh in ten hours is not part of this day.
            if !answered {
                world.keys.ask_in_time(world);
            }
        });
    }
}

impl Default for Keys {
    fn default() -> Self {
        Self::new()
    }
}
