//! The same of a notification over V2: it tells of one thing, a payment, and is answered in XML
//! (protocol reference D.7).

use checkout::id::ProfileName;
use checkout::report::Report;
use checkout::time::UnixSeconds;
use wechatpay::v2::notification::{NotificationError, Paid};

use super::{Errand, NOT_STORED, PaymentTold, Refused};

/// Where an authentic payment is stored.
pub fn payment(paid: Paid, profile: &ProfileName, wall: UnixSeconds) -> Errand {
    let Paid { out_trade_no, receipt } = paid;
    // Such a notification has no id of its own. An order is paid once, and every repeat tells of
    // that same payment.
    let told = PaymentTold {
        notification_id: format!("v2:{}", receipt.transaction_id),
        out_trade_no,
        trade_state: "SUCCESS".to_owned(),
        report: Report::Paid(Box::new(receipt)),
    };
    told.errand(profile, wall)
}

/// What to answer to a message that cannot be used; also to a scan's.
pub fn refused(reason: &NotificationError) -> Refused {
    // Strangers are daily business, and learn nothing. What cannot be read was not proven to be
    // anybody's, since the sign is over what would have been read.
    let stranger = Refused {
        status: 401,
        words: "the sign is not accepted",
        event: "notification_distrusted",
        grave: false,
        unsealable: false,
    };
    match reason {
        NotificationError::Unreadable(_) | NotificationError::Distrust(_) => stranger,
        NotificationError::Malformed(_) => Refused {
            status: NOT_STORED,
            words: "not readable",
            event: "notification_unreadable",
            grave: true,
            ..stranger
        },
    }
}

#[cfg(test)]
mod tests {
    use checkout::id::CheckoutId;
    use checkout::report::Receipt;
    use wechatpay::v2::key::{ApiV2Keys, SignType};
    use wechatpay::v2::malformed::Malformed;
    use wechatpay::v2::notification::read;
    use wechatpay::v2::sign::Distrust;
    use wechatpay::v2::xml::BadXml;

    use super::*;
    use crate::command::{Command, Letter};

    /// 2025-01-01 11:20:30 in Beijing.
    const WALL: UnixSeconds = UnixSeconds(1_735_701_630);
    const OURS: &str = "abcdefghijklmnopqrst01abcdefgh";

    /// The reference's own notification (G.13), of an order with another number.
    fn paid(out_trade_no: &str) -> Paid {
        let body = "<xml><appid>wx0123456789abcdef</appid><mch_id>1900000001</mch_id>\
                    <nonce_str>0K8264ILTKCH16CQ2502SI8ZNMTM67V3</nonce_str>\
                    <result_code>SUCCESS</result_code><return_code>SUCCESS</return_code>\
                    <openid>oTESTopenid0000000000000001</openid><is_subscribe>N</is_subscribe>\
                    <trade_type>NATIVE</trade_type><bank_type>OTHERS</bank_type>\
                    <total_fee>1234</total_fee><fee_type>CNY</fee_type><cash_fee>1234</cash_fee>\
                    <transaction_id>4200000000202501010000000001</transaction_id>\
                    <out_trade_no>T20250101000001</out_trade_no><attach>cart=42</attach>\
                    <time_end>20250101112030</time_end>\
                    <sign>E5D6EF5BA5137CDD3DAA3662426FB1BB</sign></xml>";
        let keys = ApiV2Keys::parse("Abcdefghijklmnopqrstuvwxyz012345").unwrap();
        let Paid { receipt, .. } = read(body.as_bytes(), &keys, SignType::Md5).unwrap();
        let receipt = Receipt { out_trade_no: out_trade_no.to_owned(), ..receipt };
        Paid { out_trade_no: out_trade_no.to_owned(), receipt }
    }

    #[test]
    fn a_payment_is_for_the_checkout_that_its_number_names() {
        let told = paid(OURS);
        let Errand { letter, orphan } = payment(told.clone(), &ProfileName::default(), WALL);
        let (checkout, Letter { profile, command }) = letter.unwrap();
        assert_eq!(checkout, CheckoutId::parse("chk_abcdefghijklmnopqrst").unwrap());
        assert_eq!(profile, Some(ProfileName::default()), "nobody else's checkout");
        let Command::Hear { notification_id, out_trade_no, report } = command else {
            panic!("{command:?}")
        };
        assert_eq!(notification_id, "v2:4200000000202501010000000001");
        assert_eq!(out_trade_no.as_str(), OURS);
        assert_eq!(report, Report::Paid(Box::new(told.receipt)));
        assert_eq!(orphan.out_trade_no, OURS);
    }

    #[test]
    fn a_payment_of_somebody_elses_number_is_kept_for_a_person() {
        let Errand { letter, orphan } =
            payment(paid("T20250101000001"), &ProfileName::default(), WALL);
        assert_eq!(letter, None);
        assert_eq!(orphan.notification_id, "v2:4200000000202501010000000001");
        assert_eq!((orphan.total, orphan.currency.as_deref()), (Some(1_234), Some("CNY")));
        assert_eq!(orphan.trade_state.as_deref(), Some("SUCCESS"));
        assert_eq!(orphan.received_at, "2025-01-01T11:20:30+08:00");
    }

    #[test]
    fn who_is_not_proven_is_told_nothing_and_who_is_sends_again() {
        for reason in [
            NotificationError::Unreadable(BadXml::Doctype),
            NotificationError::Distrust(Distrust::BadSign),
            NotificationError::Distrust(Distrust::MissingSign),
        ] {
            let refused = refused(&reason);
            assert_eq!((refused.status, refused.grave), (401, false), "{reason}");
            assert_eq!(refused.words, "the sign is not accepted");
        }
        let ours = refused(&NotificationError::Malformed(Malformed::Incomplete("total_fee")));
        assert_eq!((ours.status, ours.grave), (500, true));
    }
}
