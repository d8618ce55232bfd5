"""``aubench pack info``."""

import re
from pathlib import Path

from aubench.pack.manifest import Manifest
from support.small_pack import line, make, pack_command


def test_info_says_what_a_pack_holds(tmp_path: Path) -> None:
    whole = make(tmp_path / "pack").path
    output = pack_command("info", whole)
    assert max(map(len, output.splitlines()[1:])) <= 80
    assert line(output, "corpus") == "small, SYNTHETIC faces"
    assert line(output, "subjects") == "4: A B C D"
    assert line(output, "frames") == "80"
    assert line(output, "  in error log") == "8"  # one per view of T1
    assert line(output, "  no landmarks") == "8"
    assert (line(output, "sessions"), line(output, "views")) == ("T1 T2", "1 6")
    assert (line(output, "intensity"), line(output, "occurrence")) == ("AU 6 12", "AU 6 24")
    missing = re.findall(r"not coded +(.*)", output)
    assert missing == ["AU12 16", "AU24 16"]
    manifest = Manifest.read(whole / "manifest.json")
    assert line(output, "crop") == f"tight, recipe {manifest.crop_hash}"
    assert line(output, "  margin") == "0.2"
    assert line(output, "fingerprint") == manifest.fingerprint
    size = sum(path.stat().st_size for path in (whole / "shards").glob("*.arrow"))
    assert line(output, "on disk").startswith(f"{size / 1000:.1f} kB in 4 shards")
