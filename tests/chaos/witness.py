"""Asks the broker all the time how it is, publishes all the time, and compares: lies.py says what a lie is."""
import collections
import contextlib
import json
import threading
import time

import lies
from broker import Hang
from lies import NOT_READY, READY, Attempt, Word
from ledger import print_of
from wire import Wire

BETWEEN_PUBLISHES = 0.05  # seconds
BETWEEN_READYZ = 0.12
BETWEEN_STATUS = 0.4
BETWEEN_COMMANDS = 1.5
COMMAND_WITHIN = 30
AGE = 30.0  # what is older is judged, and needed no more
STILL_ALIVE_AFTER = 0.5


class Publisher(threading.Thread):
    """Publishes small messages without a pause, whether they are answered or not. What is acknowledged is in the ledger."""

    def __init__(self, port, ledger, subject):
        super().__init__(daemon=True)
        self.port, self.ledger, self.subject = port, ledger, subject
        self.attempts, self.lock = collections.deque(), threading.Lock()
        self.ending = threading.Event()
        self.count = 0

    def run(self):
        while not self.ending.is_set():
            attempt = self._begin()  # that wants a connection first
            try:
                wire = Wire(self.port, lies.CONNECT_WITHIN)
            except (OSError, ValueError) as error:
                self._end(attempt, False, f"no connection: {error}")
                self.ending.wait(BETWEEN_PUBLISHES)
                continue
            waiting = {}
            try:
                self._talk(wire, waiting, attempt)
            except (OSError, ValueError) as error:
                # Seen also when nothing was under way: nothing could be stored at this moment.
                waiting.setdefault(-1, self._begin())
                for attempt in waiting.values():
                    self._end(attempt, False, f"cut: {error}")
            finally:
                for attempt in waiting.values():
                    self._end(attempt, False, "no answer")
                wire.close()

    def _begin(self):
        attempt = Attempt(time.monotonic())
        with self.lock:
            self.attempts.append(attempt)
        return attempt

    def _end(self, attempt, stored, why):
        if attempt.ended is None:
            attempt.stored, attempt.why = stored, why
            attempt.ended = time.monotonic()

    def _talk(self, wire, waiting, attempt):
        waiting[self.count] = attempt
        wire.send(b"SUB _INBOX.witness.* 1\r\n")
        marks, due = {}, time.monotonic()
        while not self.ending.is_set():
            if time.monotonic() >= due:
                due = time.monotonic() + BETWEEN_PUBLISHES
                attempt = attempt or self._begin()
                waiting[self.count] = attempt
                payload = b'"witness %d"' % self.count
                marks[self.count] = print_of(self.subject, payload)
                wire.send(b"PUB %s _INBOX.witness.%d %d\r\n%s\r\n" % (self.subject.encode(), self.count, len(payload), payload))
                self.count, attempt = self.count + 1, None
            for message in wire.messages(max(0.001, due - time.monotonic())):
                number = int(message.subject.rpartition(".")[2])
                self._answered(waiting.pop(number, None), marks.pop(number, None), message)
            if waiting and time.monotonic() - next(iter(waiting.values())).sent > lies.GIVE_UP_AFTER:
                return  # nobody answers on this connection

    def _answered(self, attempt, mark, message):
        if attempt is None:
            return
        answer = json.loads(message.body) if message.body and not message.status else {}
        stored = answer.get("stream") == self.ledger.stream and bool(answer.get("seq")) and "error" not in answer
        if stored:
            self.ledger.acked(answer["seq"], mark)
        error = answer.get("error", {})
        self._end(attempt, stored, "" if stored else f"{message.status.decode(errors='replace')} {error.get('err_code', '')} {error.get('description', '')}")


class Witness:
    """Of one broker, from start() to finish()."""

    def __init__(self, broker, ledger, subject):
        self.broker, self.fault = broker, ""
        self.publisher = Publisher(broker.port, ledger, subject)
        self.words, self.others, self.told = [], [], []
        self.judged, self.seen = collections.Counter(), set()  # verdicts, and the words that have theirs
        self.lock, self.ending, self.threads = threading.Lock(), threading.Event(), []
        self.heard_of = None  # the process that has answered
        self.pid_gone_since = {}  # a server's pid that was told though it was gone: when that was first so

    def start(self):
        self.threads = [self.publisher] + [threading.Thread(target=self._again, args=(ask, rest), daemon=True)
                                           for ask, rest in ((self._readyz, BETWEEN_READYZ), (self._status, BETWEEN_STATUS),
                                                             (self._commands, BETWEEN_COMMANDS))]
        for thread in self.threads:
            thread.start()

    def stored(self, sent):
        """Somebody else's publish of that moment was acknowledged. For any thread."""
        with self.lock:
            self.others.append(sent)

    def _again(self, ask, rest):
        while not self.ending.is_set():
            # Who does not answer says nothing; that it hangs is found by those who harm it.
            with contextlib.suppress(Hang, OSError, ValueError):
                ask()
            self.ending.wait(rest)

    def _note(self, asked, source, ready, **more):
        word = Word(asked, time.monotonic(), source, READY if ready else NOT_READY, self.fault, **more)
        with self.lock:
            self.words.append(word)

    def _lie(self, asked, source, text):
        with self.lock:
            self.told.append(f"LIE in {self.fault or 'between faults'}: {source}: {text}")

    # ---- what it asks

    def _readyz(self):
        asked, process = time.monotonic(), self.broker.process
        code, _ = self.broker.ask("/readyz")
        if code:
            self.heard_of = process
        self._note(asked, "readyz", code == 200)

    def _status(self):
        asked = time.monotonic()
        code, body = self.broker.ask("/status")
        status = json.loads(body) if code == 200 else {}
        if not status:
            return
        self._note(asked, "status", status["ready"], phase=status["phase"], limits=tuple(status.get("limits") or ()))
        self._see_server(asked, status.get("server_pid"))

    def _see_server(self, asked, pid):
        if not pid or is_there(pid):
            self.pid_gone_since.clear()
        elif asked - self.pid_gone_since.setdefault(pid, time.monotonic()) > lies.LOOK_BACK:
            self._lie(asked, "status", f"server_pid {pid}, and that is gone")

    def _commands(self):
        """What operators and container runtimes run."""
        for arguments in (["health", "quick"], ["status", "--json"]):
            asked, process, known = time.monotonic(), self.broker.process, self.heard_of
            code, text = self.broker.command(*arguments, patience=COMMAND_WITHIN)
            if arguments[0] == "health":
                self._note(asked, "health quick", code == 0)
                says_nobody = "no supervisor" in text
            else:
                says_nobody = code == 3 and '"error"' in text
            if says_nobody and process is known and self._lives_on(process):
                self._lie(asked, " ".join(arguments), f"exit code {code}, {text!r}, and the supervisor (pid {process.pid}) ran and runs")

    def _lives_on(self, process):
        if process is None or process.poll() is not None:
            return False
        self.ending.wait(STILL_ALIVE_AFTER)
        return process.poll() is None and self.broker.process is process

    # ---- what it finds

    def lies(self):
        """Those found since the last call; what can't be judged yet is judged by the next one."""
        now = time.monotonic()
        with self.lock:
            words, told, self.told = list(self.words), self.told, []
            met = lies.Met(list(self.publisher.attempts), list(self.others))
        done = set()
        for word, verdict, against in lies.judge(words, met, now):
            if verdict == lies.UNDECIDED or word in self.seen:
                continue
            done.add(word)
            self.judged[verdict] += 1
            if verdict == lies.LIE:
                told.append(lies.sentence(word, against, now))
        self._forget(now, done)
        return told[:5] + ([f"and {len(told) - 5} more"] if len(told) > 5 else [])

    def summary(self):
        judged = self.judged
        return (f"{sum(judged.values())} words about it judged: {judged[lies.LIE]} lies; {judged[lies.SPENT]} ready while a spent limit was told; "
                f"not known: {judged[lies.BRIEF]} of a moment only, {judged[lies.UNCOVERED]} while nobody published")

    def _forget(self, now, done):
        """What no word can need any more."""
        with self.lock:
            self.words = [word for word in self.words if word.answered > now - AGE]
            self.others = [sent for sent in self.others if sent > now - AGE]
        self.seen = {word for word in self.seen | done if word.answered > now - AGE}
        attempts = self.publisher.attempts
        while attempts and attempts[0].ended is not None and attempts[0].sent < now - AGE:
            attempts.popleft()

    def finish(self):
        """The last ones."""
        self.ending.set()
        self.publisher.ending.set()
        for thread in self.threads:
            thread.join(COMMAND_WITHIN + 5)
        time.sleep(lies.SETTLED)
        return self.lies()


def is_there(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
