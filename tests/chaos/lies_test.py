"""That the lie detector finds what it must, and nothing else (python3 -m unittest lies_test)."""
import unittest

import lies
from lies import BRIEF, FINE, LIE, NOT_READY, READY, SPENT, UNCOVERED, UNDECIDED, Attempt, Met, Word

NOW = 100.0


def attempts(begin, end, stored=False, why="refused", takes=0.001, every=0.05):
    count = round((end - begin) / every)
    return [Attempt(begin + number * every, begin + number * every + takes, stored, "" if stored else why) for number in range(count)]


def ready(asked, takes=0.01, **more):
    return Word(asked, asked + takes, "readyz", READY, **more)


def said_ready_since(begin, asked):
    """Not ready before, ready from then on: the last one is of `asked`."""
    count = round((asked - begin) / 0.1)
    return [Word(begin - 0.1, begin - 0.09, "readyz", NOT_READY)] + [ready(begin + number * 0.1) for number in range(count)] + [ready(asked)]


def verdict(words, met, now=NOW, others=()):
    return lies.judge(words, Met(met, list(others)), now)[-1][1]


class ReadyTest(unittest.TestCase):
    def test_while_everything_is_refused_is_a_lie(self):
        self.assertEqual(verdict(said_ready_since(1, 13), attempts(0, 10, True) + attempts(10, 20)), LIE)

    def test_shortly_after_the_last_message_was_stored_is_none(self):
        self.assertEqual(verdict(said_ready_since(1, 11.9), attempts(0, 10, True) + attempts(10, 20)), FINE)

    def test_with_one_message_stored_is_none(self):
        self.assertEqual(verdict(said_ready_since(1, 13), attempts(0, 12, False) + [Attempt(12.01, 12.02, True)] + attempts(12.1, 20)), FINE)
        self.assertEqual(verdict(said_ready_since(1, 13), attempts(0, 20), others=[12.5]), FINE)

    def test_while_nothing_is_answered_is_a_lie(self):
        self.assertEqual(verdict(said_ready_since(1, 13), attempts(0, 10, True) + attempts(10, 20, why="no answer", takes=5)), LIE)

    def test_while_answers_are_late_is_none(self):
        self.assertEqual(verdict(said_ready_since(1, 13), attempts(0, 20, True, takes=3)), FINE)

    def test_while_answers_may_come_is_not_yet_judged(self):
        waiting = [Attempt(10 + number * 0.05) for number in range(100)]
        self.assertEqual(verdict(said_ready_since(1, 13), attempts(0, 10, True) + waiting, now=15), UNDECIDED)

    def test_while_nobody_published_is_not_known(self):
        self.assertEqual(verdict(said_ready_since(1, 13), attempts(0, 12)), UNCOVERED)
        self.assertEqual(verdict(said_ready_since(1, 13), attempts(0, 11.5) + attempts(12.5, 20)), UNCOVERED)

    def test_while_the_only_publisher_waits_for_a_connection_is_a_lie(self):
        self.assertEqual(verdict(said_ready_since(1, 13), [Attempt(at, at + 2, False, "no greeting") for at in (9, 11.02, 13.04)]), LIE)

    def test_a_question_that_was_answered_late_is_about_all_that_time(self):
        words = said_ready_since(1, 13)[:-1] + [ready(13, takes=3)]
        self.assertEqual(verdict(words, attempts(0, 15, False) + attempts(15, 20, True)), FINE)
        self.assertEqual(verdict(words, attempts(0, 20, False)), LIE)

    def test_of_a_broker_that_has_just_come_back_is_none_when_the_next_message_is_stored(self):
        self.assertEqual(verdict(said_ready_since(13, 13), attempts(0, 13.1) + attempts(13.1, 20, True)), FINE)
        self.assertEqual(verdict(said_ready_since(13, 13.3), attempts(0, 13.4) + attempts(13.4, 20, True)), FINE)

    def test_of_a_broker_that_has_just_come_back_is_a_lie_when_nothing_is_stored_after_it(self):
        self.assertEqual(verdict(said_ready_since(13, 13), attempts(0, 20)), LIE)
        self.assertEqual(verdict(said_ready_since(13, 15), attempts(0, 20)), LIE)

    def test_of_a_broker_that_is_killed_at_once_is_not_judged(self):
        words = said_ready_since(13, 13)
        killed = Word(13.2, 13.21, "readyz", NOT_READY)
        self.assertEqual(lies.judge(words + [killed], Met(attempts(0, 20), []), NOW)[-1][1], BRIEF)

    def test_of_a_broker_that_is_killed_later_is_a_lie(self):
        words = said_ready_since(13, 14)
        killed = Word(14.2, 14.21, "readyz", NOT_READY)
        self.assertEqual(lies.judge(words + [killed], Met(attempts(0, 20), []), NOW)[-1][1], LIE)


class SpentTest(unittest.TestCase):
    full = attempts(0, 10, True) + attempts(10, 20, why="10023 insufficient resources")

    def told(self, at, *limits):
        return Word(at, at + 0.01, "status", NOT_READY, phase="running", limits=limits)

    def judged(self, *told, met=None):
        words = [*told, *said_ready_since(1, 13)]
        return lies.judge(words, Met(met or self.full, []), NOW)[-1][1]

    def test_what_is_told_is_no_lie(self):
        self.assertEqual(self.judged(self.told(12.5, "2 of 2 MiB are used: every stream on file storage refuses new messages (10023)")), SPENT)

    def test_what_is_not_told_is_a_lie(self):
        self.assertEqual(self.judged(self.told(12.5)), LIE)
        self.assertEqual(self.judged(self.told(12.5, "1.9 of 2 MiB are used")), LIE)
        self.assertEqual(self.judged(self.told(2, "every stream on file storage refuses new messages (10023)")), LIE)

    def test_another_refusal_is_a_lie_though_a_limit_is_told(self):
        told = self.told(12.5, "every stream on file storage refuses new messages (10023)")
        self.assertEqual(self.judged(told, met=attempts(0, 20, why="no connection: refused")), LIE)


class IdleTest(unittest.TestCase):
    def judged(self, phase, met):
        found = lies.judge([Word(13, 13.01, "status", NOT_READY, phase=phase)], Met(met, []), NOW)
        return found[-1][1] if found else None

    def test_while_everything_is_stored_is_a_lie(self):
        self.assertEqual(self.judged("stopped", attempts(0, 20, True)), LIE)
        self.assertEqual(self.judged("starting", attempts(0, 20, True)), LIE)

    def test_of_a_server_that_was_just_killed_is_none(self):
        self.assertEqual(self.judged("backoff", attempts(0, 12.98, True) + attempts(13.02, 20)), FINE)

    def test_of_a_server_that_runs_is_not_meant(self):
        self.assertIsNone(self.judged("running", attempts(0, 20, True)))


if __name__ == "__main__":
    unittest.main()
