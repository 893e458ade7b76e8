"""Moves events from the outbox to the receiver, in threads of its own, for as long as there are any."""

import heapq
import itertools
import queue
import threading
import time
from typing import List, Optional, Sequence, Set, Tuple

from ..options import EmitterOptions
from ..outbox.outbox import Settlement
from ..reports.observer import Observer
from ..transport.post_webhook import WebhookPoster
from .batch_route import BatchRoute
from .delivery import Delivery, DeliveryStep, HeldEvent, Next
from .judge_response import SenderFault
from .sender_pause import SenderPause

# After a crash a lease must end within a minute. It is renewed three times while it lasts.
_LEASE_S = 45.0
_RENEWAL_S = 15.0

# How many deliveries may be open at once, including those that wait for a retry. Enough that a few bad events do not hold up
# the good ones behind them; few enough that a dead receiver does not empty the outbox into memory.
_MAX_OPEN_DELIVERIES = 64

# With more than this, events that wait longer than one time-out wait in a durable outbox. Otherwise a receiver that is back
# would get nothing, neither old nor new, until the first of these waits has ended.
_MANY_OPEN_DELIVERIES = 32

# Events that are emitted together travel together; nobody notices the wait.
_LINGER_S = 0.005

# A step that fails because of our own bug is tried again after this long.
_AFTER_BUG_S = 30.0


class Sender:
    """One thread decides, and up to ``max_concurrent_requests`` others send. They start with the first event and are daemons:
    they never keep a process alive, and ``Emitter`` makes sure at exit that waiting events are sent.
    """

    def __init__(self, options: EmitterOptions, observer: Observer) -> None:
        self._options = options
        self._outbox = options.outbox
        self._observer = observer
        self._changed = threading.Condition(threading.Lock())
        self._waiting: List[Tuple[float, int, Delivery]] = []
        """A heap of deliveries by when they are due."""
        self._order = itertools.count()
        self._open: Set[Delivery] = set()
        self._running = 0
        self._inline: List[Delivery] = []
        """What the deciding thread has to send itself."""
        self._jobs: "queue.SimpleQueue[Optional[Delivery]]" = queue.SimpleQueue()
        self._workers = 0
        self._thread: Optional[threading.Thread] = None
        self._may_have_more = False
        self._is_looking = False
        self._is_stopping = False
        self._paused_until = 0.0
        self._claim_at = 0.0
        self._renew_at = 0.0
        self._pause = SenderPause(options.delays_s[0] if options.delays_s else 1.0, options.timeout_s)
        self._batch_route = BatchRoute(options.max_batch_events)
        self._poster = WebhookPoster(options)
        self._step = DeliveryStep(options, self._poster, self._batch_route, observer, _Control(self))

    def wake(self) -> None:
        """Looks into the outbox soon. Cheap: many calls cause one look."""
        # Read without the lock: a call that comes too late for one look is in time for the next.
        if self._may_have_more and self._thread is not None:
            return
        with self._changed:
            if self._is_stopping or self._may_have_more and self._thread is not None:
                return
            self._may_have_more = True
            self._claim_at = time.monotonic() + _LINGER_S
            if self._thread is None:
                self._thread = threading.Thread(target=self._decide, name="webhook-sender", daemon=True)
                try:
                    self._thread.start()
                except RuntimeError:
                    # The interpreter is ending and can start no more threads: close() itself sends what waits.
                    self._thread = None
            self._changed.notify_all()

    @property
    def has_started(self) -> bool:
        """Whether there was ever anything to look for."""
        return self._thread is not None

    @property
    def fault(self) -> Optional[SenderFault]:
        """What is wrong with the sender itself, if anything is."""
        return self._pause.fault

    def wait_until_idle(self, deadline: float) -> None:
        """Returns once everything is settled or left to a long retry, when the receiver refuses this sender, or at the
        deadline (``time.monotonic()``)."""
        self.wake()
        if self._thread is None:
            self._decide(deadline)
            return
        with self._changed:
            while not self._is_idle() and time.monotonic() < deadline:
                self._changed.wait(max(0.0, min(deadline - time.monotonic(), 1.0)))

    def stop(self, deadline: float) -> None:
        """Starts no more requests, waits for those under way until the deadline, and gives back what is held."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
            while self._running > 0 and time.monotonic() < deadline:
                self._changed.wait(max(0.0, min(deadline - time.monotonic(), 1.0)))
            held = [held for delivery in self._open for held in delivery.events]
            self._open.clear()
            self._waiting.clear()
            for _worker in range(self._workers):
                self._jobs.put(None)
        self._poster.close()
        self.settle([Settlement(one.event.id, "retry", one.attempts, detail="closing") for one in held], held)

    def settle(self, settlements: Sequence[Settlement], events: Sequence[HeldEvent]) -> None:
        """Records outcomes, then reports dead events. Never raises."""
        if not settlements:
            return
        try:
            self._outbox.settle(settlements)
        except Exception as error:  # noqa: BLE001 - a database may raise anything
            # Its lease will end and it will be sent again; the receiver recognises it by its id.
            self._observer.outbox_failed("settle", error)
            return
        dead = {settlement.id: settlement for settlement in settlements if settlement.status == "dead"}
        if dead:
            for held in events:
                settlement = dead.get(held.event.id)
                if settlement is not None:
                    self._observer.dead(held.event, str(settlement.reason), settlement.detail)

    def _is_idle(self) -> bool:
        if self._pause.fault is not None and self._running == 0:
            return True
        return not self._open and not self._may_have_more and not self._is_looking

    def _decide(self, deadline: float = float("inf")) -> None:
        """The thread that decides: what to send, when to claim, how long to wait. With a deadline the caller that drains runs
        it, if no thread can be started, and it returns when there is nothing left to do.
        """
        is_draining = deadline != float("inf")
        # Only an outbox into which other processes write has it.
        listen = getattr(self._outbox, "listen", None)
        if listen is not None and not is_draining:
            listen(self.wake)
        while True:
            with self._changed:
                if self._is_stopping or is_draining and (self._is_idle() or time.monotonic() >= deadline):
                    return
                wait_s = self._start_due()
                shall_claim = wait_s is None
                if wait_s is not None and not self._inline:
                    self._changed.wait(min(wait_s, max(0.0, deadline - time.monotonic()), 60.0))
                    if self._is_stopping:
                        return
                    self._look_again()
                self._is_looking = shall_claim
                inline, self._inline = self._inline, []
                shall_renew = bool(self._open) and time.monotonic() >= self._renew_at
            for delivery in inline:
                self._perform(delivery)
            if shall_renew:
                self._renew()
            if shall_claim:
                self._claim()

    def _start_due(self) -> Optional[float]:
        """Hands deliveries that are due to the workers. None when there is room for a claim, else how long to wait."""
        now = time.monotonic()
        try_due_s = self._pause.try_due_s()
        if now < self._paused_until:
            return self._paused_until - now
        if try_due_s is not None and (try_due_s > 0 or self._running > 0):
            return max(try_due_s, 0.05)
        max_running = self._options.max_concurrent_requests if try_due_s is None else 1
        while self._running < max_running and self._waiting and self._waiting[0][0] <= now:
            self._start(heapq.heappop(self._waiting)[2])
        if self._running < max_running and self._may_have_more and len(self._open) < _MAX_OPEN_DELIVERIES:
            if now >= self._claim_at:
                return None
            return self._claim_at - now
        waits = [_RENEWAL_S] if self._open else []
        if self._running < max_running and self._waiting:
            waits.append(self._waiting[0][0] - now)
        look_s = self._outbox.next_look_s()
        if look_s is not None:
            waits.append(max(look_s, 0.01))
        return max(0.0, min(waits)) if waits else 60.0

    def _look_again(self) -> None:
        look_s = self._outbox.next_look_s()
        if look_s is not None and look_s <= 0:
            self._may_have_more = True

    def _claim(self) -> None:
        max_events = 1 if self._pause.fault is not None else self._batch_route.max_events()
        self._may_have_more = False
        try:
            claimed = self._outbox.claim(max_events, _LEASE_S)
        except Exception as error:  # noqa: BLE001 - as above
            self._observer.outbox_failed("claim", error)
            claimed = []
        with self._changed:
            self._is_looking = False
            if claimed:
                self._may_have_more = True
                if not self._open:
                    self._renew_at = time.monotonic() + _RENEWAL_S
                delivery = Delivery([HeldEvent.of(one) for one in claimed])
                self._open.add(delivery)
                self._start(delivery)
            self._changed.notify_all()

    def _renew(self) -> None:
        with self._changed:
            ids = [held.event.id for delivery in self._open for held in delivery.events]
            self._renew_at = time.monotonic() + _RENEWAL_S
        try:
            self._outbox.renew(ids, _LEASE_S)
        except Exception as error:  # noqa: BLE001 - as above
            self._observer.outbox_failed("renew", error)

    def _start(self, delivery: Delivery) -> None:
        self._running += 1
        if self._workers < self._running:
            try:
                threading.Thread(target=self._work, name="webhook-request", daemon=True).start()
                self._workers += 1
            except RuntimeError:
                # The interpreter is ending and can start no more threads: the existing ones take turns.
                if self._workers == 0:
                    self._inline.append(delivery)
                    return
        self._jobs.put(delivery)

    def _work(self) -> None:
        while True:
            delivery = self._jobs.get()
            if delivery is None:
                self._poster.close()
                return
            self._perform(delivery)

    def _perform(self, delivery: Delivery) -> None:
        try:
            following = self._step.run(delivery)
        except Exception as error:  # noqa: BLE001 - our own bug must not lose events
            self._observer.unexpected("a delivery", error)
            following = [Next(delivery, _AFTER_BUG_S)]
        with self._changed:
            self._running -= 1
            if delivery in self._open:
                self._open.discard(delivery)
                for part, delay_s in following:
                    self._open.add(part)
                    heapq.heappush(self._waiting, (time.monotonic() + delay_s, next(self._order), part))
            self._changed.notify_all()


class _Control:
    """The sender as a delivery sees it."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self.settle = sender.settle

    def is_crowded(self) -> bool:
        with self._sender._changed:
            return len(self._sender._open) > _MANY_OPEN_DELIVERIES

    def pause(self, delay_s: float) -> None:
        with self._sender._changed:
            self._sender._paused_until = max(self._sender._paused_until, time.monotonic() + delay_s)

    def note_fault(self, fault: SenderFault, ids: Sequence[str], started: float) -> Optional[float]:
        with self._sender._changed:
            previous = self._sender._pause.fault
            delay_s = self._sender._pause.note_fault(fault, ids, started)
        if delay_s is not None and (previous is None or previous.error != fault.error):
            self._sender._observer.paused(fault.detail, delay_s)
        return delay_s

    def note_inconclusive(self, started: float) -> None:
        with self._sender._changed:
            self._sender._pause.note_inconclusive(started)

    def note_accepted(self, started: float) -> None:
        with self._sender._changed:
            has_ended = self._sender._pause.note_accepted(started)
            self._sender._may_have_more = self._sender._may_have_more or has_ended
        if has_ended:
            self._sender._observer.resumed()
