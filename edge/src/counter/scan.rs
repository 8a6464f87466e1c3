//! What a scan comes to: the order that the payer is handed, or words that the payer reads.

use checkout::id::{CheckoutId, Reference};
use checkout::report::PrepayId;
use checkout::view::Status;
use wechatpay::v3::order_fields::OrderFields;

use super::{Pointer, Terms, Wish, name};
use crate::api::Api;
use crate::catalogue::{NotForSale, Purchase};
use crate::command::{
    Answer, Command, CounterAnswer, CounterCommand, Letter, Opening, Scanned, Source,
};
use crate::config::Profile;
use crate::naming::checkout_id;
use crate::problem::{Code, Problem};

/// Who has scanned what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// A product of the catalogue, or a checkout that the shop has opened.
    pub product: String,
    /// The payer, by WeChat's name for them under the merchant's app.
    pub openid: String,
}

/// What WeChat is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Served {
    /// This order can be paid.
    Ready(PrepayId),
    /// Nothing can be paid.
    Refused(Refusal),
}

/// Why nothing can be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The code is of something that is not on sale, or no more.
    Unknown,
    /// There is none left.
    SoldOut,
    /// The checkout that the code is of has been paid.
    Paid,
    /// It can be paid no more.
    Closed,
    /// Trouble that may be over in a moment.
    Busy,
}

impl Refusal {
    /// What the payer reads, in the language of WeChat's own words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Unknown => "商品不存在或已下架",
            Self::SoldOut => "商品已售罄",
            Self::Paid => "订单已支付",
            Self::Closed => "订单已关闭",
            Self::Busy => "系统繁忙，请稍后重新扫码",
        }
    }
}

/// Who knows which checkout is whose, and how it stands.
pub trait Shelf {
    /// What the counter `name` answers.
    fn counter(
        &self,
        name: &str,
        command: &CounterCommand,
    ) -> impl Future<Output = Result<CounterAnswer, Problem>>;

    /// What a checkout's object answers.
    fn checkout(
        &self,
        id: &CheckoutId,
        letter: &Letter,
    ) -> impl Future<Output = Result<Answer, Problem>>;

    /// Sends a letter to a checkout that nobody waits for, least of all the payer.
    fn post(&self, id: CheckoutId, letter: Letter);
}

/// Checkouts that are looked at for one scan: the current one, and those that take its place when it
/// can be paid no more. A third would mean that fresh ones end as they begin.
const LOOKS_MAX: usize = 3;

/// What `scan` of a code of `profile` comes to.
///
/// # Errors
///
/// What an operator has to know: somebody could not buy.
pub async fn serve(profile: &Profile, scan: &Scan, shelf: &impl Shelf) -> Result<Served, Problem> {
    match profile.catalogue.purchase(&scan.product, 1) {
        Ok(purchase) => Visit { profile, scan, purchase, shelf }.serve().await,
        Err(NotForSale::SoldOut) => Ok(Served::Refused(Refusal::SoldOut)),
        Err(NotForSale::Unknown | NotForSale::Quantity { .. }) => {
            registered(profile, scan, shelf).await
        }
    }
}

/// A code of one checkout, that the shop's server has opened.
async fn registered(profile: &Profile, scan: &Scan, shelf: &impl Shelf) -> Result<Served, Problem> {
    let Ok(id) = CheckoutId::parse(&scan.product) else {
        return Ok(Served::Refused(Refusal::Unknown));
    };
    let letter = Letter { profile: Some(profile.name.clone()), command: Command::Scan };
    Ok(match shelf.checkout(&id, &letter).await? {
        Answer::Scanned(Scanned::Ready { prepay_id }) => Served::Ready(prepay_id),
        Answer::Scanned(Scanned::Ended { status: Status::Paid }) => Served::Refused(Refusal::Paid),
        Answer::Scanned(Scanned::Ended { .. }) => Served::Refused(Refusal::Closed),
        Answer::Scanned(Scanned::Busy | Scanned::Refused) => Served::Refused(Refusal::Busy),
        Answer::Unknown => Served::Refused(Refusal::Unknown),
        Answer::Problem(problem) => return Err(problem),
        _ => return Err(confused()),
    })
}

/// One payer before one product.
struct Visit<'a, S: Shelf> {
    profile: &'a Profile,
    scan: &'a Scan,
    purchase: Purchase,
    shelf: &'a S,
}

impl<S: Shelf> Visit<'_, S> {
    async fn serve(&self) -> Result<Served, Problem> {
        let mut ended = None;
        for _ in 0..LOOKS_MAX {
            let Pointer { reference, fresh, superseded } = self.point(ended.take()).await?;
            if let Some(old) = superseded {
                self.withdraw(&old);
            }
            match self.look(&reference, fresh).await? {
                Scanned::Ready { prepay_id } => return Ok(Served::Ready(prepay_id)),
                Scanned::Busy | Scanned::Refused => break,
                Scanned::Ended { .. } => ended = Some(reference),
            }
        }
        Ok(Served::Refused(Refusal::Busy))
    }

    /// Which checkout is this payer's.
    async fn point(&self, ended: Option<Reference>) -> Result<Pointer, Problem> {
        let terms = Terms {
            description: self.purchase.description.clone(),
            amount: self.purchase.amount,
            sub_mchid: self.purchase.payee.sub_mchid().map(str::to_owned),
        };
        let product = self.scan.product.clone();
        let lifetime_s = self.profile.lifetime.seconds();
        let command = CounterCommand::Scan(Wish { product, terms, lifetime_s, ended });
        match self.counter(&command).await? {
            CounterAnswer::Current(pointer) => Ok(pointer),
            CounterAnswer::Retry { .. } => Err(confused()),
        }
    }

    /// How it stands; opens it where nobody has, or where the handler died that was about to.
    async fn look(&self, reference: &Reference, fresh: bool) -> Result<Scanned, Problem> {
        if fresh {
            return self.open(reference).await;
        }
        match self.say(reference, Command::Scan).await? {
            Answer::Scanned(Scanned::Refused) if self.may_retry(reference).await? => {
                self.open(reference).await
            }
            Answer::Scanned(scanned) => Ok(scanned),
            Answer::Unknown => self.open(reference).await,
            Answer::Problem(problem) => Err(problem),
            _ => Err(confused()),
        }
    }

    async fn open(&self, reference: &Reference) -> Result<Scanned, Problem> {
        match self.say(reference, Command::Open(Box::new(self.opening(reference)))).await? {
            Answer::Checkout { .. } => {}
            // A name that can be opened no more: its checkout has been purged, or was refused too
            // often.
            Answer::Problem(problem) if problem.code == Code::ReferenceRetired => {
                return Ok(Scanned::Ended { status: Status::Expired });
            }
            Answer::Problem(problem) => return Err(problem),
            _ => return Err(confused()),
        }
        match self.say(reference, Command::Scan).await? {
            Answer::Scanned(scanned) => Ok(scanned),
            Answer::Problem(problem) => Err(problem),
            _ => Err(confused()),
        }
    }

    async fn may_retry(&self, reference: &Reference) -> Result<bool, Problem> {
        let command = CounterCommand::Retry { reference: reference.clone() };
        match self.counter(&command).await? {
            CounterAnswer::Retry { granted } => Ok(granted),
            CounterAnswer::Current(_) => Err(confused()),
        }
    }

    /// Nobody shall pay yesterday's price by a code that was scanned yesterday. Where that cannot be
    /// seen to now, the order ends by its deadline.
    fn withdraw(&self, reference: &Reference) {
        let id = checkout_id(&self.profile.name, reference);
        self.shelf.post(id, self.letter(Command::Cancel));
    }

    async fn counter(&self, command: &CounterCommand) -> Result<CounterAnswer, Problem> {
        let name = name(&self.profile.name, &self.scan.product, &self.scan.openid);
        self.shelf.counter(&name, command).await
    }

    async fn say(&self, reference: &Reference, command: Command) -> Result<Answer, Problem> {
        let id = checkout_id(&self.profile.name, reference);
        self.shelf.checkout(&id, &self.letter(command)).await
    }

    fn letter(&self, command: Command) -> Letter {
        Letter { profile: Some(self.profile.name.clone()), command }
    }

    fn opening(&self, reference: &Reference) -> Opening {
        let (profile, product) = (self.profile, self.scan.product.clone());
        let Purchase { description, amount, payee } = self.purchase.clone();
        Opening {
            id: checkout_id(&profile.name, reference),
            profile: profile.name.clone(),
            payee,
            reference: reference.clone(),
            description,
            amount,
            lifetime_s: profile.lifetime.seconds(),
            api: Api::V2,
            product_id: Some(product.clone()),
            fields: OrderFields::default(),
            policies: profile.rules.policies,
            keep_s: profile.rules.keep_s,
            buyer: None,
            source: Source::Counter { product },
        }
    }
}

fn confused() -> Problem {
    Problem::new(Code::Internal, "an object gave the answer to another question")
}
