//! Signing in a merchant's name, and what is done when the platform does not know the key: the other
//! one signs, and if it is taken, goes on signing.

use std::rc::Rc;

use wechatpay::http::{Request, Signed};
use wechatpay::v2::key::ApiV2Keys;
use wechatpay::v2::other_key::sign_again;
use wechatpay::v3::sign::{Caller, sign};

use super::super::log;
use super::super::world::{chance, wall};
use super::{OwnKey, Standing, copy, with};
use crate::ports::{Merchant, V2Means, V3Means};

/// A key that takes the place of one that the platform does not know, if it takes this one.
pub(crate) enum Successor<'a> {
    /// For APIv3.
    V3(&'a OwnKey),
    /// For V2, both of the merchant's with this one first.
    V2(ApiV2Keys),
}

impl Standing {
    /// Signs `request` with the key that the platform took last.
    pub(crate) async fn sign(
        &self,
        request: Request,
        platform_serial: Option<&str>,
    ) -> Option<Signed> {
        let merchant = self.snapshot();
        let v3 = merchant.v3.as_ref()?;
        let (serial_no, key) = (&v3.serial_no, &v3.private_key);
        let caller = Caller { mchid: &merchant.mchid, serial_no, key, platform_serial };
        sign(&v3.rsa, &caller, request, chance().ok()?, wall()).await.ok()
    }

    /// Signs the same request by APIv3 with the merchant's other key, if it has one. Tells which.
    async fn sign_otherwise(&self, refused: &Signed) -> Option<(&OwnKey, Signed)> {
        let header = |wanted: &str| {
            refused.headers().iter().find(|(name, _)| *name == wanted).map(|(_, value)| &**value)
        };
        let authorization = header("Authorization")?;
        let signed_it =
            |key: &&OwnKey| authorization.contains(&format!("serial_no=\"{}\"", key.serial_no));
        let key = self.keys.iter().find(|key| !signed_it(key))?;
        let merchant = self.snapshot();
        let caller = Caller {
            mchid: &merchant.mchid,
            serial_no: &key.serial_no,
            key: &key.signing,
            platform_serial: header("Wechatpay-Serial"),
        };
        let request = refused.request().clone();
        let rsa = &merchant.v3.as_ref()?.rsa;
        let signed = sign(rsa, &caller, request, chance().ok()?, wall()).await.ok()?;
        Some((key, signed))
    }

    /// Signs what the platform did not take the sign of with the other key, whichever API it is in.
    pub(crate) async fn sign_again(&self, refused: &Signed) -> Option<(Successor<'_>, Signed)> {
        if let Some(v2) = &self.snapshot().v2
            && let Some((signed, keys)) = sign_again(refused, &v2.keys, chance().ok()?)
        {
            return Some((Successor::V2(keys), signed));
        }
        let (key, signed) = self.sign_otherwise(refused).await?;
        Some((Successor::V3(key), signed))
    }

    /// The platform took that key: it signs from now on.
    pub(crate) fn settle_on(&self, successor: Successor<'_>) {
        match successor {
            Successor::V3(key) => self.settle_on_v3(key),
            Successor::V2(keys) => self.settle_on_v2(keys),
        }
    }

    fn settle_on_v2(&self, keys: ApiV2Keys) {
        let before = self.snapshot();
        let Some(v2) = &before.v2 else { return };
        log::note("merchant_key_changed", &[("profile", self.name.as_str()), ("api", "v2")]);
        let v3 = before.v3.as_ref().map(copy);
        let v2 = Some(V2Means { keys, ..v2.clone() });
        let (profile, mchid) = (before.profile.clone(), before.mchid.clone());
        self.merchant.replace(Rc::new(Merchant { profile, mchid, v3, v2 }));
    }

    fn settle_on_v3(&self, key: &OwnKey) {
        let before = self.snapshot();
        let Some(v3) = before.v3.as_ref().filter(|v3| v3.serial_no != key.serial_no) else {
            return;
        };
        log::note("merchant_key_changed", &[("serial_no", &key.serial_no)]);
        let (serial_no, private_key) = (key.serial_no.clone(), key.signing.clone());
        let v3 = V3Means { serial_no, private_key, ..copy(v3) };
        self.merchant.replace(Rc::new(with(&before, v3)));
    }
}
