//! An executor of our own: every handler is a future, polled when the world says so, in an order
//! that the seed chooses, and dropped between any two polls where a crash is to be.
//!
//! No wakers: whoever makes a future wait notes the task that is being polled, and wakes it by its
//! number. A number is never used twice, so waking a task that has died wakes nobody.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::dice::Dice;

/// The number of a task.
pub type TaskId = u64;

/// Who dies with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The stateless isolate in front.
    Door,
    /// A checkout's object, by its place in the list.
    Object(usize),
}

/// A handler under way.
struct Task {
    id: TaskId,
    owner: Owner,
    what: &'static str,
    /// What it waits for.
    place: &'static str,
    future: Pin<Box<dyn Future<Output = ()>>>,
}

/// All handlers under way.
#[derive(Default)]
pub struct Executor {
    tasks: RefCell<Vec<Task>>,
    ready: RefCell<Vec<TaskId>>,
    current: Cell<TaskId>,
    place: Cell<&'static str>,
    last: Cell<TaskId>,
}

impl Executor {
    /// Begins a handler; it is polled later.
    pub fn spawn(
        &self,
        owner: Owner,
        what: &'static str,
        future: impl Future<Output = ()> + 'static,
    ) -> TaskId {
        let id = self.last.get() + 1;
        self.last.set(id);
        let task = Task { id, owner, what, place: "begin", future: Box::pin(future) };
        self.tasks.borrow_mut().push(task);
        self.ready.borrow_mut().push(id);
        id
    }

    /// Whether anybody can go on without time passing.
    pub fn is_ready(&self) -> bool {
        !self.ready.borrow().is_empty()
    }

    /// How many handlers are under way.
    pub fn len(&self) -> usize {
        self.tasks.borrow().len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Polls one of those that can go on. Tells which, where it waited, and whether it has ended.
    pub fn poll_one(&self, dice: &Dice) -> Option<(Owner, &'static str, &'static str)> {
        let id = {
            let mut ready = self.ready.borrow_mut();
            let chosen = dice.below(ready.len());
            ready.swap_remove(chosen)
        };
        let mut task = {
            let mut tasks = self.tasks.borrow_mut();
            let at = tasks.iter().position(|task| task.id == id)?;
            tasks.swap_remove(at)
        };
        let (owner, what, place) = (task.owner, task.what, task.place);
        self.current.set(id);
        let mut context = Context::from_waker(Waker::noop());
        if task.future.as_mut().poll(&mut context).is_pending() {
            task.place = self.place.get();
            self.tasks.borrow_mut().push(task);
        }
        self.current.set(0);
        Some((owner, what, place))
    }

    /// Drops everything of `owner`. Tells what was going on, and where each of it waited.
    pub fn crash(&self, owner: Owner) -> Vec<(&'static str, &'static str)> {
        let mut dropped = Vec::new();
        let mut tasks = self.tasks.borrow_mut();
        let mut at = 0;
        while at < tasks.len() {
            if tasks[at].owner == owner {
                dropped.push(tasks.swap_remove(at));
            } else {
                at += 1;
            }
        }
        drop(tasks);
        dropped.iter().map(|task| (task.what, task.place)).collect()
    }

    /// Drops everything, at the end of a day.
    pub fn clear(&self) {
        let tasks = std::mem::take(&mut *self.tasks.borrow_mut());
        drop(tasks);
        self.ready.borrow_mut().clear();
    }

    /// The task that is being polled, which is about to wait at `place`.
    pub fn waits(&self, place: &'static str) -> TaskId {
        self.place.set(place);
        self.current.get()
    }

    /// Lets a task go on. Tells whether it still lives.
    pub fn wake(&self, id: TaskId) -> bool {
        let lives = self.current.get() == id || self.tasks.borrow().iter().any(|it| it.id == id);
        let mut ready = self.ready.borrow_mut();
        if lives && !ready.contains(&id) {
            ready.push(id);
        }
        lives
    }

    /// Lets others run first.
    pub async fn step_aside(&self, place: &'static str) {
        let mut aside = false;
        poll_fn(|_| {
            if std::mem::replace(&mut aside, true) {
                return Poll::Ready(());
            }
            let id = self.waits(place);
            self.wake(id);
            Poll::Pending
        })
        .await;
    }
}

/// A place where one waits for what another one brings, once.
pub struct Slot<T>(Rc<Inside<T>>);

struct Inside<T> {
    value: RefCell<Option<T>>,
    filled: Cell<bool>,
    waiter: Cell<Option<TaskId>>,
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        let (value, filled, waiter) = (RefCell::new(None), Cell::new(false), Cell::new(None));
        Self(Rc::new(Inside { value, filled, waiter }))
    }
}

impl<T> Slot<T> {
    /// Brings it, unless something was brought before. Tells whether somebody waited for it.
    pub fn fill(&self, executor: &Executor, value: T) -> bool {
        if self.0.filled.replace(true) {
            return false;
        }
        self.0.value.replace(Some(value));
        self.0.waiter.take().is_some_and(|id| executor.wake(id))
    }

    /// Waits for it.
    pub async fn wait(&self, executor: &Executor, place: &'static str) -> T {
        poll_fn(|_| {
            self.0.value.take().map_or_else(
                || {
                    self.0.waiter.set(Some(executor.waits(place)));
                    Poll::Pending
                },
                Poll::Ready,
            )
        })
        .await
    }
}
