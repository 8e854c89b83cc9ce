"""What is a lie: a word of ours, and what publishers met meanwhile. Pure; lies_test.py shows what it finds.

READY ("readyz 200", `health quick` 0, `ready` of /status), asked at `asked` and answered at `answered`, is a lie when each publish sent in
[asked - LOOK_BACK, answered] was refused or never answered. The word is about some moment between question and answer, so that it is false
for whichever is meant.
  - Refused: an error, "nobody listens", a connection that is refused or cut before the ack. Never answered: no ack for GIVE_UP_AFTER, or
    no greeting for CONNECT_WITHIN. A late ack is an ack: a server that was frozen and goes on has stored the message.
  - It must have been tried all the time: with more than LARGEST_GAP in which nobody published nothing is known (UNCOVERED).
  - A broker that has just become ready was not so before: what counts is what was published until SETTLED after that moment, too. One that
    was ready for less than that (killed again at once) is not judged (BRIEF).
  - What is told as spent is no lie (the README's table of two verdicts): each publish was refused for a limit, and `limits` of /status
    tells within LOOK_BACK of the word that one is spent (SPENT).
IDLE (a phase in which no server could answer) is a lie when each publish sent in [asked - LOOK_BACK, answered + SETTLED] was stored; one that
begins may say so for BEGINNING: its own first connection may need that long on a machine that is busy.
ABSENT (`status`, `health quick`: nobody runs here) is a lie when the supervisor had answered before, and lived on after it.
GONE (a `server_pid`) is a lie when no such process was there at the answer, nor LOOK_BACK earlier, when that pid was told, too.
"""
import bisect
import dataclasses

LOOK_BACK = 2.0
BEGINNING = 10.0
GIVE_UP_AFTER = 5.0
CONNECT_WITHIN = 2.0
LARGEST_GAP = 0.5
SETTLED = 0.5

READY, NOT_READY = "ready", "not ready"
FINE, LIE, UNCOVERED, BRIEF, SPENT, UNDECIDED = "fine", "lie", "uncovered", "brief", "spent", "undecided"
IDLE = {"idle", "starting", "recovering", "backoff", "stopped", "finished"}
BEGINS = {"starting", "recovering"}
FOR_A_LIMIT = ("10023", "10047", "10028", "10077", "maximum connections exceeded")  # err_code, -ERR
TOLD_AS_SPENT = ("refuses new messages", "refuses every", "nobody else can connect", "refuse new messages")


@dataclasses.dataclass
class Attempt:
    """A publish. `ended`: when it was stored, refused or given up; None: it still waits."""
    sent: float
    ended: float | None = None
    stored: bool = False
    why: str = ""


@dataclasses.dataclass(frozen=True)
class Word:
    """`says`: READY or NOT_READY. `fault`: during which it was said."""
    asked: float
    answered: float
    source: str
    says: str
    fault: str = ""
    phase: str = ""
    limits: tuple = ()


@dataclasses.dataclass
class Met:
    """What publishers met: `attempts` of the one that never pauses, `stored`: when that was sent which others had acknowledged."""
    attempts: list
    stored: list

    def __post_init__(self):
        self.attempts = sorted(self.attempts, key=lambda attempt: attempt.sent)
        self.stored = sorted(self.stored)
        self.sent = [attempt.sent for attempt in self.attempts]

    def between(self, begin, end):
        return self.attempts[bisect.bisect_left(self.sent, begin):bisect.bisect_right(self.sent, end)]

    def others_stored(self, begin, end):
        return bisect.bisect_right(self.stored, end) > bisect.bisect_left(self.stored, begin)

    def covers(self, begin, end):
        """Whether somebody published all that time. One that waits for its answer is doing so."""
        at = begin
        first = bisect.bisect_left(self.sent, begin - GIVE_UP_AFTER - CONNECT_WITHIN)
        for attempt in self.attempts[first:bisect.bisect_right(self.sent, end)]:
            if attempt.sent - at > LARGEST_GAP:
                return False
            at = max(at, end if attempt.ended is None else attempt.ended)
        return end - at <= LARGEST_GAP


def settled_at(words):
    """{word: until when what is published counts for it}; None for a time of being ready that ended before."""
    found, run = {}, []

    def close(end):
        settled = run[0].answered + SETTLED
        for word in run:
            brief = end is not None and end < settled and word.answered < settled
            found[word] = None if brief else max(word.answered, settled if word.asked < settled else 0)

    for word in sorted(words, key=lambda word: word.answered):
        if word.says == READY:
            run.append(word)
        elif run:
            close(word.answered)
            run = []
    if run:
        close(None)
    return found


def is_told_as_spent(word, words):
    return any(told.limits and any(part in text for text in told.limits for part in TOLD_AS_SPENT)
               and word.asked - LOOK_BACK <= told.answered <= word.answered + LOOK_BACK for told in words)


def judge_ready(word, until, met, words, now):
    begin = word.asked - LOOK_BACK
    if until is None:
        return BRIEF
    if met.others_stored(begin, until):
        return FINE
    tried = met.between(begin, until)
    if any(attempt.stored for attempt in tried):
        return FINE
    if until > now or any(attempt.ended is None for attempt in tried):
        return UNDECIDED
    if not met.covers(begin, until):
        return UNCOVERED
    if all(any(code in attempt.why for code in FOR_A_LIMIT) for attempt in tried):
        if word.answered + LOOK_BACK > now:
            return UNDECIDED
        if is_told_as_spent(word, words):
            return SPENT
    return LIE


def judge_idle(word, met, now):
    begin, until = word.asked - (BEGINNING if word.phase in BEGINS else LOOK_BACK), word.answered + SETTLED
    tried = met.between(begin, until)
    if until > now or any(attempt.ended is None for attempt in tried):
        return UNDECIDED
    if not all(attempt.stored for attempt in tried):
        return FINE
    return LIE if met.covers(begin, until) else UNCOVERED


def judge(words, met, now):
    """[(word, verdict, what contradicts it)]; NOT_READY without a phase says nothing that could be a lie here."""
    settled, verdicts = settled_at(words), []
    for word in words:
        if word.says == READY:
            verdict = judge_ready(word, settled[word], met, words, now)
            tried = met.between(word.asked - LOOK_BACK, settled[word] or word.answered)
            against = f"none of {len(tried)} publishes was stored, the last: {tried[-1].why if tried else ''}"
            verdicts.append((word, verdict, against))
        if word.phase in IDLE:
            verdicts.append((word, judge_idle(word, met, now), f"it says {word.phase}, and every publish was stored"))
    return verdicts


def sentence(word, against, now):
    return f"LIE in {word.fault or 'between faults'}, {now - word.answered:.1f} s ago: {word.source} said {word.says} {word.phase}".rstrip() + f"; {against}"
