//! Carries a [`Session`]'s commands out in the page, and the page's events in.
//!
//! One timer, one request, one socket, all let go when the element leaves. A handler of the shop's
//! may do anything while it is told something, so events wait in a queue and nothing is borrowed
//! while foreign code runs.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{
    HtmlElement, IntersectionObserver, IntersectionObserverEntry, MessageEvent, VisibilityState,
    WebSocket,
};

use crate::api::{self, Call, Exchange};
use crate::held::{Listener, Timer, window};
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
    view: View,
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
            Order::Product { product, quantity } => {
                let slot = Slot::new(&options.endpoint, product, *quantity);
                (Session::catalogue(), Some(slot))
            }
        };
        Rc::new(Self {
            host,
            options,
            view,
            slot,
            session: RefCell::new(session),
            inbox: RefCell::default(),
            is_draining: Cell::new(false),
            held: RefCell::default(),
        })
    }

    /// What the tag asked for.
    pub(crate) const fn options(&self) -> &Options {
        &self.options
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
        self.feed(Event::Returned);
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
            let page = document.clone();
            let seen = move |_: web_sys::Event| match page.visibility_state() {
                VisibilityState::Hidden => Event::Hidden,
                _ => Event::Returned,
            };
            listeners.push(Listener::on(&document, "visibilitychange", self.feeding(seen)));
        }
        let weak = Rc::downgrade(self);
        listeners.extend(self.view.listen(move |pressed| {
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
    fn feeding<T>(self: &Rc<Self>, event: impl Fn(T) -> Event + 'static) -> impl Fn(T) + 'static {
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
        self.view.paint(&picture);
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
            (Ask::Open, Order::Product { product, quantity }) => Some(Call::Open {
                key: self.slot.as_ref()?.key(),
                product: product.clone(),
                quantity: *quantity,
            }),
            (Ask::Open, Order::Session(_)) => None,
            (Ask::Read, _) => Some(Call::Read { token: token? }),
            (Ask::Check, _) => Some(Call::Check { token: token? }),
        }
    }

    fn open_link(self: &Rc<Self>) {
        let token = self.session.borrow().token().map(str::to_owned);
        let socket = token.and_then(|token| api::dial(&self.options.endpoint, &token));
        match socket {
            Some(socket) => {
                let socket = Socket::new(socket, self);
                self.held.borrow_mut().socket = Some(socket);
            }
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

/// The open or opening socket; closed when dropped, and then silent.
struct Socket {
    socket: WebSocket,
    listeners: Vec<Listener>,
}

impl Socket {
    fn new(socket: WebSocket, follower: &Rc<Follower>) -> Self {
        let weak = Rc::downgrade(follower);
        let heard = move |event: web_sys::Event| {
            let message = event.dyn_ref::<MessageEvent>().map(MessageEvent::data);
            if let Some(view) = message.as_ref().and_then(api::read_message)
                && let Some(follower) = weak.upgrade()
            {
                follower.feed(Event::Pushed(view));
            }
        };
        let listeners = vec![
            Listener::on(&socket, "open", follower.feeding(|_| Event::LinkOpened)),
            Listener::on(&socket, "message", heard),
            Listener::on(&socket, "close", follower.feeding(|_| Event::LinkClosed)),
        ];
        Self { socket, listeners }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.listeners.clear();
        let _ = self.socket.close();
    }
}

/// Watches until the element can be seen.
struct Sight {
    observer: IntersectionObserver,
    _seen: Closure<dyn FnMut(Array)>,
}

impl Sight {
    fn of(host: &HtmlElement, shown: impl Fn(()) + 'static) -> Option<Self> {
        let seen = Closure::<dyn FnMut(Array)>::new(move |entries: Array| {
            let visible = entries
                .iter()
                .any(|entry| entry.unchecked_into::<IntersectionObserverEntry>().is_intersecting());
            if visible {
                shown(());
            }
        });
        let observer = IntersectionObserver::new(seen.as_ref().unchecked_ref()).ok()?;
        observer.observe(host);
        Some(Self { observer, _seen: seen })
    }
}

impl Drop for Sight {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
