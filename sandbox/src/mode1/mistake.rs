//! Which mistake made a wrong sign, of a link or of an answer to a scan.

use super::refused::Refused;
use crate::diagnosis::v2::{KeyHolder, Unproven, diagnose};
use crate::merchant::Account;

/// The same refusal with what was found out about the sign, if it is about that.
pub(super) fn explained(refused: Refused, accounts: &[Account]) -> Refused {
    let Some(unproven) = refused.unproven.clone() else { return refused };
    let holders = accounts.iter().map(|account| KeyHolder {
        mchid: &account.mchid,
        api_v2_key: &account.api_v2_key,
        api_v3_key: &account.api_v3_key,
    });
    let (own, others): (Vec<_>, Vec<_>) =
        holders.partition(|holder| holder.mchid == unproven.mchid);
    let Some(signer) = own.first().copied() else { return refused };
    let found = diagnose(Unproven { fields: &unproven.fields, signer, others: &others });
    let why = format!("{} {}", refused.why, found.words);
    Refused { why, signature: Some(found.into()), ..refused }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mode1::link::tests::accounts;
    use crate::mode1::refused::{Code, Signed};
    use crate::v2::Fields;
    use crate::v2::sign::{SIGN, SignType, sign};

    /// Protocol reference G.15: what is said of its answer under this sign.
    fn said(made: &str) -> Refused {
        let unproven = Signed { mchid: "1900000001".into(), fields: fields().with(SIGN, made) };
        explained(Refused::unproven(Code::CallbackUnsigned, "The answer", unproven), &accounts())
    }

    fn fields() -> Fields {
        Fields::new()
            .with("return_code", "SUCCESS")
            .with("appid", "wx0123456789abcdef")
            .with("mch_id", "1900000001")
            .with("nonce_str", "8K8264ILTKCH16CQ2502SI8ZNMTM67V1")
            .with("prepay_id", "wx01110000000000aaaabbbbccccdddd0000")
            .with("result_code", "SUCCESS")
    }

    #[test]
    fn a_usual_mistake_is_told_by_its_name_and_in_words() {
        let other = sign(&fields(), "543210zyxwvutsrqponmlkjihgfedcbA", SignType::Md5);
        for (made, finding, words) in [
            ("b9ddeb4119b30e993a6056afc52e6b15", "lower-case", "upper case"),
            (&other, "other-merchants-key", "the V2 key of merchant 1900000002"),
            ("", "sign-missing", "missing or empty"),
            ("00000000000000000000000000000000", "unknown", "None of the usual mistakes"),
        ] {
            let refused = said(made);
            assert_eq!(refused.signature.unwrap().finding, finding);
            assert!(refused.why.starts_with("The answer's sign is wrong. "), "{}", refused.why);
            assert!(refused.why.contains(words), "{}", refused.why);
        }
    }

    #[test]
    fn what_is_not_about_a_sign_stays_as_it_is() {
        let refused = Refused::link(Code::LinkMalformed, "The parameter appid is missing.");
        assert_eq!(explained(refused.clone(), &accounts()), refused);
    }
}
