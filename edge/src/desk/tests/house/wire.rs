//! The wire of these tests: it may be slow, and signs with the merchant's other key as the Worker's
//! does.

use std::rc::Rc;

use checkout::id::ProfileName;
use wechatpay::http::Signed;
use wechatpay::v2::other_key::{is_refused, sign_again};

use super::super::wechat::{Toy, merchant};
use super::{House, elsewhere};
use crate::api::Api;
use crate::ports::{Delivery, Merchant, Platform, Unreachable, World as _, without_certificate};
use crate::problem::Problem;

impl House {
    /// What the platform answers, and where it knows the merchant's other V2 key only, what it answers
    /// to that, as the Worker's wire does it.
    fn answer(self: &Rc<Self>, signed: &Signed) -> Option<Delivery> {
        let first = self.wechat.borrow_mut().answer(signed, self.wall())?;
        let known = merchant(false, self.v2_keys.borrow().as_deref()).v2;
        let known = known.filter(|_| is_refused(&first.reply));
        let nonce = [self.dice.get().wrapping_add(128); 16];
        let again = known.and_then(|v2| sign_again(signed, &v2.keys, nonce));
        let Some((again, _)) = again else { return Some(first) };
        let second = self.wechat.borrow_mut().answer(&again, self.wall())?;
        let taken = !is_refused(&second.reply);
        if let Some(keys) = self.v2_keys.borrow_mut().as_mut().filter(|_| taken) {
            *keys = keys.split(' ').rev().collect::<Vec<_>>().join(" ");
        }
        Some(second)
    }
}

impl Platform for Rc<House> {
    type Rsa = Toy;

    async fn refunds_api(&self, _: &ProfileName, order: Api) -> Result<Api, Problem> {
        let api = self.refunds_by.get().unwrap_or(order);
        if api == Api::V2 && !self.is_certified.get() {
            return Err(without_certificate(&ProfileName::default()));
        }
        Ok(api)
    }

    async fn merchant(&self, _: &ProfileName, api: Api) -> Result<Rc<Merchant<Toy>>, Problem> {
        self.pass_ms(self.keys_take_ms.take());
        if let Some(problem) = &*self.misconfigured.borrow() {
            return Err(problem.clone());
        }
        let merchant = merchant(self.has_v3_keys.get(), self.v2_keys.borrow().as_deref());
        merchant.means(api)?;
        Ok(Rc::new(merchant))
    }

    async fn send(
        &self,
        _profile: &ProfileName,
        signed: Signed,
        deadline_ms: u32,
    ) -> Result<Delivery, Unreachable> {
        let until_ms = self.wall_ms.get() + i64::from(deadline_ms);
        elsewhere().await;
        let uncertified = signed.needs_certificate() && !self.is_certified.get();
        if uncertified || self.wall_ms.get() > until_ms {
            return Err(Unreachable);
        }
        let answer = self.answer(&signed);
        elsewhere().await;
        if answer.is_none() {
            self.wall_ms.set(self.wall_ms.get().max(until_ms));
        }
        answer.filter(|_| self.wall_ms.get() <= until_ms).ok_or(Unreachable)
    }
}
