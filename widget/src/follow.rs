//! Carries a [`Session`]'s commands out in the page, and the page's events in.
//!
//! One timer, one request, one socket, all let go when the element leaves. A handler of the shop's
//! may do anything while it is told something, so events wait in a queue and nothing is borrowed
//! while foreign code runs.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use web_sys::{HtmlElement, VisibilityState};

use crate::api::{Call, Exchange, Socket};
use crate::held::{Listener, Sight, Timer, window};
use crate::keys::Slot;
use crate::news::{self, About};
use crate::options::{Options, Order};
use crate::session::{Ask, Command, Event, News, Session};
use crate::view::{Pressed, View};
use crate::world;

/// One element's checkout at work.
pub(crate) struct Follower {
    host: HtmlElement,
    options: Options,
    view: RefCell<View>,
    slot: Option<Slot>,
    session: RefCell<Session>,
    inbox: RefCell<Vec<Event>>,
    is_draining: Cell<bool>,
    held: RefCell<Held>,
}

/// What has to be let go when the element leaves.
#[derive(Default)]
struct Held {
    timer: Option<Timer>,
    request: Option<Exchange>,
    socket: Option<Socket>,
    listeners: Vec<Listener>,
    sight: Option<Sight>,
}

impl Follower {
    /// Sets everything up; [`Self::resume`] begins.
    pub(crate) fn new(host: HtmlElement, options: Options, view: View) -> Rc<Self> {
        let (session, slot) = match &options.order {
            Order::Session(token) => (Session::server(token.clone()), None),
            Order::Product { product, quantity, .. } => {
                let slot = Slot::new(&options.endpoint, product, *quantity);
                (Session::catalogue(), Some(slot))
            }
        };
        Rc::new(Self {
            host,
            options,
            view: RefCell::new(view),
            slot,
            session: RefCell::new(session),
            inbox: RefCell::default(),
            is_draining: Cell::new(false),
            held: RefCell::default(),
        })
    }

    /// Whether a tag asks for what is followed here.
    pub(crate) fn follows(&self, options: &Options) -> bool {
        self.options.order == options.order && self.options.endpoint == options.endpoint
    }

    /// Paints on other elements from now on, perhaps in another language.
    pub(crate) fn show_in(&self, view: View) {
        self.view.replace(view);
    }

    /// The element is in a page: listen, and follow.
    pub(crate) fn resume(self: &Rc<Self>) {
        let listeners = self.listeners();
        let sight = Sight::of(&self.host, self.feeding(|()| Event::Shown));
        let sees = sight.is_some();
        {
            let mut held = self.held.borrow_mut();
            held.listeners = listeners;
            held.sight = sight;
        }
        self.feed(presence());
        // The shop's server has made the order already; ours is made when there is a looker.
        if self.slot.is_none() || !sees {
            self.feed(Event::Shown);
        }
    }

    /// The element left the page: nothing may go on.
    pub(crate) fn pause(self: &Rc<Self>) {
        self.feed(Event::Left);
        drop(self.held.take());
    }

    fn listeners(self: &Rc<Self>) -> Vec<Listener> {
        let Some(window) = window() else { return Vec::new() };
        let on = |name, event: fn() -> Event| {
            Listener::on(&window, name, self.feeding(move |_: web_sys::Event| event()))
        };
        let mut listeners = vec![
            on("pageshow", || Event::Returned),
            on("pagehide", || Event::Left),
            on("online", || Event::Online),
            on("offline", || Event::Offline),
        ];
        if let Some(document) = window.document() {
            let seen = self.feeding(|_: web_sys::Event| presence());
            listeners.push(Listener::on(&document, "visibilitychange", seen));
        }
        let weak = Rc::downgrade(self);
        listeners.extend(self.view.borrow().listen(move |pressed| {
            let event = match pressed {
                Pressed::Check => Event::CheckPressed,
                Pressed::Retry => Event::RetryPressed,
                Pressed::Renew => Event::RenewPressed,
            };
            if let Some(this) = weak.upgrade() {
                this.feed(event);
            }
        }));
        listeners
    }

    /// A callback that feeds what `event` makes of its argument, as long as the element lives.
    fn feeding<T, E>(self: &Rc<Self>, event: E) -> impl Fn(T) + Clone + use<T, E> + 'static
    where
        E: Fn(T) -> Event + Clone + 'static,
    {
        let weak = Rc::downgrade(self);
        move |argument| {
            if let Some(this) = weak.upgrade() {
                this.feed(event(argument));
            }
        }
    }

    /// Takes an event, now or after those that wait.
    fn feed(self: &Rc<Self>, event: Event) {
        self.inbox.borrow_mut().push(event);
        if self.is_draining.replace(true) {
            return;
        }
        loop {
            let events = self.inbox.take();
            if events.is_empty() {
                break;
            }
            for event in events {
                self.handle(event);
            }
        }
        self.is_draining.set(false);
        self.set_timer();
    }

    fn handle(self: &Rc<Self>, event: Event) {
        let commands = self.session.borrow_mut().step(event, world::now());
        // First the picture: who is told "paid" may look at the element.
        self.paint();
        for command in commands {
            self.run(command);
        }
    }

    fn paint(&self) {
        let picture = self.session.borrow().picture(world::now());
        self.view.borrow().paint(&picture);
    }

    fn set_timer(self: &Rc<Self>) {
        let now = world::now();
        let wake_ms = self.session.borrow().wake_ms(now);
        let timer = wake_ms.and_then(|wake_ms| {
            let ring = self.feeding(|()| Event::Woke);
            // One more, since the clock is cut off to whole milliseconds.
            Timer::set(wake_ms.saturating_sub(now.ms) + 1, move || ring(()))
        });
        self.held.borrow_mut().timer = timer;
    }

    fn run(self: &Rc<Self>, command: Command) {
        match command {
            Command::Send { ticket, ask } => self.send(ticket, ask),
            Command::Abandon => drop(self.held.borrow_mut().request.take()),
            Command::OpenLink => self.open_link(),
            Command::CloseLink => drop(self.held.borrow_mut().socket.take()),
            Command::ForgetKey => {
                if let Some(slot) = &self.slot {
                    slot.forget();
                }
            }
            Command::Tell(news) => self.tell(news),
        }
    }

    fn send(self: &Rc<Self>, ticket: u32, ask: Ask) {
        let Some(call) = self.call(ask) else { return };
        let answered = self.feeding(move |answer| Event::Answered { ticket, answer });
        let request = Exchange::begin(&self.options.endpoint, call, answered);
        self.held.borrow_mut().request = Some(request);
    }

    fn call(&self, ask: Ask) -> Option<Call> {
        let token = self.session.borrow().token().map(str::to_owned);
        match (ask, &self.options.order) {
            (Ask::Open, Order::Product { product, quantity, buyer }) => Some(Call::Open {
                key: self.slot.as_ref()?.key(),
                product: product.clone(),
                quantity: *quantity,
                buyer: buyer.clone(),
            }),
            (Ask::Open, Order::Session(_)) => None,
            (Ask::Read, _) => Some(Call::Read { token: token? }),
            (Ask::Check, _) => Some(Call::Check { token: token? }),
        }
    }

    fn open_link(self: &Rc<Self>) {
        let token = self.session.borrow().token().map(str::to_owned);
        let socket = token.and_then(|token| {
            Socket::dial(&self.options.endpoint, &token, self.feeding(|heard| heard))
        });
        match socket {
            Some(socket) => self.held.borrow_mut().socket = Some(socket),
            None => self.feed(Event::LinkClosed),
        }
    }

    fn tell(&self, news: News) {
        if news == News::Paid
            && let Some(slot) = &self.slot
        {
            slot.spend();
        }
        let event = {
            let session = self.session.borrow();
            let (token, view, rejection) = (session.token(), session.view(), session.rejection());
            news::event(news, About { token, view, rejection })
        };
        if let Some(event) = event {
            let _ = self.host.dispatch_event(&event);
        }
    }
}

/// Whether the page can be seen now.
fn presence() -> Event {
    let document = window().and_then(|window| window.document());
    match document.map(|document| document.visibility_state()) {
        Some(VisibilityState::Hidden) => Event::Hidden,
        _ => Event::Returned,
    }
}
