"""How requests are put together, and what happens when too many come."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from service_media import encode, picture

from skemotion import RecordingError
from skemotion.serving.batching import Batcher
from skemotion.serving.jobs import Job
from skemotion.serving.media import Media
from skemotion.serving.options import Options
from skemotion.serving.problems import Refusal
from skemotion.serving.settings import Settings


class Slow:
    """A predictor that notes its batches, and waits for a sign."""

    name, version, modality, light, manifest = "slow", "1", "face", True, {}
    classes = ("angry", "happy")

    def __init__(self, pause=0.0):
        self.sizes, self.threads, self.pause = [], [], pause
        self.answering = []
        self.sign = threading.Event()
        self.sign.set()

    def prepare(self, recordings):
        self.threads.append(threading.current_thread().name)
        time.sleep(self.pause)
        if recordings == [_CUT_OFF]:
            raise RecordingError("Cannot decode x (recording 0): cut off.", "x", 0)
        return recordings

    def answer_prepared(self, recordings):
        self.sizes.append(len(recordings))
        self.answering.append(threading.current_thread().name)
        assert self.sign.wait(10)
        for row, recording in enumerate(recordings):
            if recording == _DAMAGED:
                raise RecordingError(f"Cannot decode x (recording {row}): bad.", "x", row)
            if recording == _DEADLY:
                raise KeyError("a fault of the model")
        scores = np.array([[len(recording), 0.0] for recording in recordings])
        return np.array(["angry"] * len(recordings)), scores


_DAMAGED, _DEADLY, _CUT_OFF = picture(1), picture(2), picture(4)


def submit(batcher, predictor, *recordings):
    settings = Settings()
    jobs = [Job(one, "image", predictor, Options(), settings) for one in recordings]
    return batcher.submit(jobs)


async def with_batcher(work, **settings):
    batches = []
    with ThreadPoolExecutor(1) as pool:
        batcher = Batcher(Settings(**settings), pool, lambda *facts: batches.append(facts))
        batcher.start()
        try:
            return await work(batcher, batches)
        finally:
            batcher.stop()


def test_what_comes_together_is_predicted_together():
    async def work(batcher, batches):
        futures = [submit(batcher, slow, picture(0))[0] for _ in range(5)]
        items = await asyncio.gather(*futures)
        assert {item["label"] for item in items} == {"angry"}
        assert [n_recordings for n_recordings, _ in batches] == [5]
        await submit(batcher, slow, picture(0))[0]

    slow = Slow()
    asyncio.run(with_batcher(work))
    assert slow.sizes == [5, 1]


def test_what_comes_meanwhile_waits_for_the_next_batch_of_limited_size():
    async def work(batcher, batches):
        slow.sign.clear()
        first = submit(batcher, slow, picture(0))
        await asyncio.sleep(0.05)
        rest = [submit(batcher, slow, picture(0))[0] for _ in range(7)]
        await asyncio.sleep(0.05)
        assert slow.sizes == [1]
        slow.sign.set()
        await asyncio.gather(*first, *rest)

    slow = Slow()
    asyncio.run(with_batcher(work, batch=4))
    assert slow.sizes == [1, 4, 3]


def test_too_many_are_refused_and_told_when_to_come_again():
    async def work(batcher, batches):
        slow.sign.clear()
        futures = submit(batcher, slow, picture(0))
        await asyncio.sleep(0.05)
        futures += submit(batcher, slow, *[picture(0)] * 33)
        with pytest.raises(Refusal, match="as many as may wait are waiting") as caught:
            submit(batcher, slow, *[picture(0)] * 2)
        assert (caught.value.status, caught.value.headers) == (503, {"retry-after": "1"})
        futures += submit(batcher, slow, picture(0))
        slow.sign.set()
        await asyncio.gather(*futures)

    slow = Slow()
    asyncio.run(with_batcher(work, queue=34))


def test_cancelled_ones_are_left_out():
    async def work(batcher, batches):
        slow.sign.clear()
        first = submit(batcher, slow, picture(0))
        await asyncio.sleep(0.05)
        second, third = submit(batcher, slow, picture(0), picture(0))
        second.cancel()
        slow.sign.set()
        await asyncio.gather(*first, third)

    slow = Slow()
    asyncio.run(with_batcher(work))
    assert slow.sizes == [1, 1]


def test_one_that_fails_is_told_alone():
    async def work(batcher, batches):
        outcomes = await asyncio.gather(
            *submit(batcher, slow, picture(0), _DAMAGED, picture(3)), return_exceptions=True
        )
        assert outcomes[0]["label"] == outcomes[2]["label"] == "angry"
        assert (outcomes[1].status, outcomes[1].detail) == (422, "Cannot decode the upload: bad.")
        outcomes = await asyncio.gather(
            *submit(batcher, slow, picture(0), _DEADLY), return_exceptions=True
        )
        assert outcomes[0]["label"] == "angry"
        assert (outcomes[1].status, outcomes[1].code) == (500, "internal")

    slow = Slow()
    asyncio.run(with_batcher(work))
    assert slow.sizes[:2] == [3, 2]


@pytest.mark.parametrize(("pause", "place"), [(0.0, "MainThread"), (0.003, "predict")])
def test_the_event_loop_prepares_small_pictures_that_take_a_moment(pause, place):
    async def work(batcher, batches):
        await submit(batcher, slow, picture(0))[0]  # nobody knows yet how long it takes
        await submit(batcher, slow, picture(0))[0]
        await submit(batcher, slow, encode(np.zeros((200, 200), np.uint8)))[0]
        outcomes = await asyncio.gather(
            *submit(batcher, slow, picture(0), _CUT_OFF, picture(0)), return_exceptions=True
        )
        assert outcomes[0]["label"] == outcomes[2]["label"] == "angry"
        assert outcomes[1].detail == "Cannot decode the upload: cut off."

    slow = Slow(pause)
    asyncio.run(with_batcher(work))
    names = [name.split("-")[0] for name in slow.threads]
    assert names == ["predict", place, "ThreadPoolExecutor", *[place] * 3]
    assert slow.sizes == [1, 1, 1, 2]


@pytest.mark.parametrize(("pause", "place"), [(0.0, "MainThread"), (0.002, "predict")])
def test_one_that_takes_a_moment_is_answered_without_a_thread(pause, place):
    async def work(batcher, batches):
        for _ in range(60):  # until that is known
            await submit(batcher, slow, picture(0))[0]
        alone = slow.answering[-1]
        await asyncio.gather(*submit(batcher, slow, *[picture(0)] * 2))
        return alone, slow.answering[-1]

    slow = Slow()
    slow.sign.wait = lambda timeout: time.sleep(pause) or True
    assert asyncio.run(with_batcher(work)) == (place, "predict")
    assert slow.answering[0] == "predict"


class Windows(Job):
    """A job that needs a thread to be prepared, and then much memory."""

    def look(self):
        self.media = Media("image", "PNG")
        return False

    def prepare(self):
        self.recordings, self.regions, self.size = [self.data], [None], 2**26


def test_no_more_is_prepared_while_much_that_is_waits():
    async def work(batcher, batches):
        slow.sign.clear()
        jobs = [Windows(picture(0), "image", slow, Options(), Settings()) for _ in range(20)]
        futures = batcher.submit(jobs)
        await asyncio.sleep(0.2)
        assert 0 < sum(job.size > 0 for job in jobs) < 10
        assert batcher.n_waiting >= 10
        for future in futures[-2:]:
            future.cancel()
        slow.sign.set()
        items = await asyncio.gather(*futures[:-2])
        assert {item["label"] for item in items} == {"angry"}
        assert batcher.n_waiting == 0
        assert [job.size > 0 for job in jobs[-2:]] == [False, False]

    slow = Slow()
    asyncio.run(with_batcher(work, batch=64))


def test_batches_hold_jobs_of_one_version():
    async def work(batcher, batches):
        futures = submit(batcher, old, picture(0)) + submit(batcher, new, picture(0))
        await asyncio.gather(*futures)

    old, new = Slow(), Slow()
    asyncio.run(with_batcher(work))
    assert (old.sizes, new.sizes) == ([1], [1])
