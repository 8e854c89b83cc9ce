"""A file system in a file, whose power may be cut: what was not written back is not in a copy of the file. It may also break."""
import contextlib
import fcntl
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import time

SIZE = 256 << 20
TOOLS = ("mkfs.ext4", "e2fsck", "losetup", "mount", "umount", "sync")
SHUT_DOWN, WITHOUT_FLUSH = 0x8004587D, 2  # EXT4_IOC_SHUTDOWN of linux/ext4.h, which is not for programs


def call(*command):
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        raise OSError(f"{command[0]}: {done.stdout.decode(errors='replace').strip()}")
    return done.stdout.decode().strip()


class LoopDisk:
    """An ext4 of its own at `place`, mounted until close(). Raises OSError where the machine does not let us."""

    def __init__(self, image, place):
        self.image, self.place = pathlib.Path(image), pathlib.Path(place)
        self.place.mkdir(exist_ok=True)
        if not self.image.exists():
            with open(self.image, "wb") as file:
                file.truncate(SIZE)
            call("mkfs.ext4", "-q", "-F", "-b", "4096", self.image)
        self.device = call("losetup", "-f", "--show", self.image)
        try:
            self._mount()
        except OSError:
            call("losetup", "-d", self.device)
            raise

    def _mount(self):
        # Nothing of the kernel's own is written while it is copied; the journal is replayed by this.
        call("mount", "-o", "noatime,noinit_itable,errors=remount-ro", self.device, self.place)

    def write_back(self):
        call("sync", "-f", self.place)

    def copy(self, image):
        """What a power loss at this moment would leave. Nobody may be writing; what the kernel writes by itself begins it anew."""
        for _ in range(20):
            before = self._written()
            call("cp", "--sparse=always", self.image, image)
            if self._written() == before:
                return
            time.sleep(0.05)
        raise OSError(f"{self.device} does not come to rest")

    def _written(self):
        """Writes, sectors and flushes done, and what is under way (Documentation/block/stat.rst)."""
        numbers = pathlib.Path("/sys/block", pathlib.Path(self.device).name, "stat").read_text().split()
        return [numbers[at] for at in (4, 6, 8, 15)]

    # ---- how it breaks

    def become_read_only(self):
        """As ext4 does when it finds an error of its own."""
        pathlib.Path("/sys/fs/ext4", pathlib.Path(self.device).name, "trigger_fs_error").write_text("1\n")

    def break_down(self):
        """Every call is answered with EIO."""
        folder = os.open(self.place, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(folder, SHUT_DOWN, struct.pack("I", WITHOUT_FLUSH))
        finally:
            os.close(folder)

    def mend(self):
        """Checked and mounted anew. Nobody may have a file of it open."""
        self._unmount()
        deadline = time.monotonic() + 60
        while True:
            done = subprocess.run(["e2fsck", "-f", "-y", self.device], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  check=False)
            # A mount namespace of another test, beside this run, may have a copy of the mount for as long as that one takes.
            if b"is in use" not in done.stdout or time.monotonic() > deadline:
                break
            time.sleep(0.5)
        if done.returncode > 2:
            raise OSError(f"e2fsck: {done.stdout.decode(errors='replace')}")
        self._mount()

    # ---- its end

    def discard(self):
        """close() when it may be broken, or closed already."""
        with contextlib.suppress(OSError):
            self.close()

    def close(self):
        self._unmount()
        call("losetup", "-d", self.device)

    def _unmount(self):
        for attempt in range(100):
            try:
                call("umount", self.place)
                break
            except OSError:
                if attempt == 99:
                    raise
                time.sleep(0.1)


def why_not():
    """Empty when it can be used."""
    if os.geteuid() != 0:
        return "a loop device needs root"
    if missing := [tool for tool in TOOLS if not shutil.which(tool)]:
        return f"no {', '.join(missing)}"
    folder = pathlib.Path(tempfile.mkdtemp(prefix="chaos-loop-"))
    try:
        disk = LoopDisk(folder / "image", folder / "place")
        disk.copy(folder / "copy")
        disk.close()
        return ""
    except OSError as error:
        return f"no loop device of our own: {error}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
