//! Fields that one side alone may read, with keys that the runtime holds.

use checkout::id::ProfileName;
use wechatpay::v3::sensitive::{self, BadField, SealedField};

use super::platform::WeChatPay;
use crate::ports::Confidant;
use crate::problem::{Code, Problem};

impl Confidant for WeChatPay {
    async fn seal(&self, profile: &ProfileName, text: &str) -> Result<SealedField, Problem> {
        let standing = self.standing(profile).await?;
        let recipient = standing.recipient(self.env()).await?;
        let merchant = standing.snapshot();
        let rsa = &merchant.v3()?.rsa;
        sensitive::seal(rsa, &recipient, text).await.map_err(|mistake| match mistake {
            // The caller's: all else is between us and the platform.
            BadField::TooLong { .. } => Problem::new(Code::InvalidRequest, mistake.to_string()),
            _ => Problem::new(Code::Internal, mistake.to_string()),
        })
    }

    async fn open(&self, profile: &ProfileName, text: &str) -> Result<String, Problem> {
        let standing = self.standing(profile).await?;
        let merchant = standing.snapshot();
        let rsa = &merchant.v3()?.rsa;
        let opened = sensitive::open(rsa, &standing.decryption_keys(), text).await;
        opened.map_err(|mistake| Problem::new(Code::Internal, mistake.to_string()))
    }
}
