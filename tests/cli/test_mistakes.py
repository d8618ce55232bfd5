"""What a newcomer types wrongly: each is one line that says what, where and how to mend it."""

from __future__ import annotations

import re
import shlex
import sys
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from aubench.cli import main
from aubench.registry import find
from support.make_records import make_record
from support.small_pack import make

RUN = "runs/disfa3fold/adapt/one"
OK = "run --method mean --protocol disfa3fold --pack small.pack"

MISTAKES = """
runn | no command 'runn' | did you mean 'run'?
train --method adapt | no command 'train' | it is 'aubench run' here
evaluate x.csv | no command 'evaluate' | it is 'aubench score' here
adapt | no command 'adapt' | aubench run --method adapt
disfa3fold | no command 'disfa3fold' | --protocol disfa3fold
disfa | no command 'disfa' | aubench info disfa
help | no command 'help' | aubench --help
--lr 0.1 | no option --lr | aubench COMMAND --help
pack inf small.pack | no command 'inf' | did you mean 'info'?
synth DISFA x | no command 'DISFA' | did you mean 'disfa'?
study map x | no command 'map' | did you mean 'maps'?
run | lacks its option --method | as in: aubench run --method adapt
run --method adapt | lacks its option --protocol | as in: aubench run
run adapt disfa3fold | lacks its option --method | as in: aubench run --method adapt
table disfa3fold | no place for 'disfa3fold' | options only, as in: aubench table
prepare disfa | lacks its argument SOURCE | as in: aubench prepare disfa
check-corpus disfa a b | no place for 'b' | as in: aubench check-corpus disfa
score | lacks its argument FILE | as in: aubench score
compare | lacks its argument RESULTS | as in: aubench compare
OK --lr 0.1 | no option --lr | aubench run --help
run --method geometric-svr --protocol disfa3fold --c 2 | no option --c | it is a setting: --set c=2
run --method geometric-svr --protocol disfa3fold --C=2 | no option --C | it is a setting: --set c=2
OK --batch-size 32 | no option --batch-size | --set batch=N
OK --learning-rate 1 | no option --learning-rate | --set lr=NUMBER
OK --gpu 0 | no option --gpu | --device cuda
OK --data /x | no option --data | --pack FOLDER
OK --out x | no option --out | --results FOLDER
predict RUN face.png --output x | no option --output | use --out
OK --metric icc | no option --metric | 'aubench table' has it
OK --epoch 3 | no option --epoch | did you mean --epochs?
OK --resume | no option --resume | repeat the same command
OK --epochs | nothing stands behind --epochs | as in: aubench run
OK --epochs ten | --epochs: 'ten' | give a whole number, 1 or more
OK --epochs 0 | --epochs: 0 | 1 or more
OK --seed x | --seed: 'x' | give a whole number
OK --seeds 0..4 | --seeds 0..4 | write 0-4
OK --twin tiny | --twin tiny | choose one of demo, full
OK --twin-size 0 | --twin-size: 0 | 16 to 2048
OK --precision fp16 | --precision fp16 | choose one of 32-true
OK --recipe papers | --recipe papers | did you mean 'paper'?
OK --recipe house | no recipe 'house' | choose one of none
OK --device CPU | device 'CPU' | did you mean --device cpu?
OK --device nonsense | device 'nonsense' | this machine has cpu
OK --fold 5 | no fold '5' | choose one of 0, 1, 2
OK --fold 0,1 | no fold '0,1' | write --fold 0 --fold 1
OK --fold fold-2 | no fold 'fold-2' | write --fold 2
OK lr=0.1 | no place for 'lr=0.1' | --set lr=0.1
OK --set lr | --set lr | write --set KEY=VALUE
OK --set lr=1 | no setting 'lr' | it has no settings
OK --set seed=1 | no setting 'seed' | option of the command: --seed
SVR --set C=1 | no setting 'C' | did you mean 'c'?
SVR --set epsilom=1 | no setting 'epsilom' | did you mean 'epsilon'?
SVR --set c=a | c=a | give a value of type float
run --method ADAPT --protocol disfa3fold | no method 'ADAPT' | did you mean 'adapt'?
run --method men --protocol disfa3fold | no method 'men' | did you mean 'mean'?
run --method disfa3fold --protocol mean | no method 'disfa3fold' | is a protocol: did you swap
run --method mean/x --protocol disfa3fold | mean has no variants | type 'mean' alone
run --method mean --protocol DISFA | no protocol 'DISFA' | a corpus, its protocols are
run --method mean --protocol disfa | no protocol 'disfa' | disfa3fold
run --method mean --protocol Disfa3Fold | no protocol 'Disfa3Fold' | did you mean 'disfa3fold'?
run --method mean --protocol disfa-3fold | no protocol 'disfa-3fold' | did you mean 'disfa3fold'?
run --method mean --protocol disfa_loso | no protocol 'disfa_loso' | did you mean 'disfa-loso'?
OK | a pack of small | a pack of that corpus
RAW --pack nowhere | no such folder | aubench prepare CORPUS
RAW --pack empty | an empty folder | aubench prepare CORPUS
RAW --pack x.zip | this is a file | aubench prepare CORPUS
RAW --pack small.pack/manifest.json | a file of one | name its folder: small.pack
RAW --pack small.pack/shards | a part of one | name small.pack
RAW --pack outer | outer: no pack | did you mean outer/inner.pack?
RAW --pack RUN | the folder of a run | the pack that it ran on
RAW --pack=~/none.pack | HOME/none.pack | check the path
RAW --pack '' | an empty path | name another path
OK --results text.txt | 'text.txt' is a file | name another path
OK --results text.txt/x | a file stands where | name a folder: --results
table --metric ICC | --metric ICC | did you mean 'icc'?
table --protocol disfa3fold --metric f1 | a protocol of intensity | choose --metric icc
table --protocol disfa3fold-occ --metric icc | protocol of occurrence | choose --metric f1
table --protocol disfa-repeated | no run and no published row | aubench run --method
table --protocol DISFA | no protocol 'DISFA' | disfa3fold
table --paper ntinou | no paper 'ntinou' | did you mean 'ntinou2020'?
table --paper ntinou2020:9 | no table '9' | ntinou2020:1
table --variant clamp | --variant clamp | did you mean 'clamped'?
table --format LaTeX | --format LaTeX | did you mean 'latex'?
table --only adpt | no row is called so | did you mean 'adapt'?
table --rename adapt | --rename adapt | write --rename ROW=NAME
table --rename adpt=Ours | no row is called so | did you mean 'adapt'?
info | lacks its argument | as in: aubench info
info Adapt | 'Adapt' | did you mean 'adapt'?
info ntinou2020:2 | 'ntinou2020:2' | aubench table --paper ntinou2020:2
info small.pack | a pack | aubench pack info small.pack
info runs/disfa3fold/adapt | runs are below it | did you mean RUN?
info face.png | but a file | runs/PROTOCOL/METHOD/ID
list method | KIND method | did you mean 'methods'?
score nowhere.csv --protocol disfa3fold | no such file or folder | check the path
score x.zip --protocol disfa3fold | a zip file | unpack it
score RUN --protocol disfa3fold | the folder of a run | aubench verify RUN
score some.csv --protocol disfa3fold --from OpenFace | --from OpenFace | did you mean 'openface'?
score some.csv --protocol disfa3fold --by person | --by person | choose one of fold, subject
score some.csv --protocol disfa3fold --fill 9 | --fill 9 | a number from 0 to 5
verify nowhere | no such folder | runs/PROTOCOL/METHOD/ID
verify runs/disfa3fold/adpt | no such folder | did you mean runs/disfa3fold/adapt?
verify runs/disfa3fold/adapt | runs are below it | did you mean RUN?
verify runs | runs are below it | did you mean RUN?
verify begun | a run that is not finished | repeat the 'aubench run'
verify small.pack | a pack, not a run | runs/PROTOCOL/METHOD/ID
verify empty | an empty folder | runs/PROTOCOL/METHOD/ID
compare RUN | one result only | two or more
compare RUN runs/disfa3fold/adapt | runs are below it | did you mean RUN?
compare RUN RUN --metric f1 | no metric 'f1' | choose icc
predict RUN | lacks its argument | as in: aubench predict
predict runs/disfa3fold/adapt face.png --cropped | runs are below it | did you mean RUN?
predict face.png RUN --cropped | face.png: no finished run | runs/PROTOCOL/METHOD/ID
predict RUN nowhere.png --cropped | no such file | name a picture
predict RUN face.png | where in the picture | --landmarks FILE
study maps runs/disfa3fold/adapt | runs are below it | did you mean RUN?
study maps RUN --aus AU1 | --aus AU1 | write numbers with commas
study sensitivity lr --method scratch --protocol disfa3fold | which values | --values
prepare DISFA empty x | no corpus 'DISFA' | did you mean 'disfa'?
prepare disfa3fold empty x | no corpus 'disfa3fold' | is a protocol
prepare empty disfa x | no corpus 'empty' | the corpus comes first: disfa empty
prepare disfa empty x --camera top | camera=top | choose one of left, right
prepare disfa empty x --set foo=1 | no setting 'foo' | choose one of landmark_source
prepare disfa empty x --quality 0 | --quality: 0 | 1 to 100
check-corpus disfa | its folder is missing | aubench check-corpus disfa SOURCE
check-corpus empty disfa | no corpus 'empty' | the corpus comes first: disfa empty
check-corpus text.txt | a file, not a folder | name the folder of a corpus
check-corpus empty | no corpus is recognised | say which: aubench check-corpus
pack info RUN | the folder of a run | the pack that it ran on
pack subset small.pack x --every 0 | --every: 0 | 1 or more
pack subset small.pack x --subjects Z | no subject small/Z | choose among small/A
pretrain FAN --out x | no backbone 'FAN' | did you mean 'fan'?
pretrain fan --out text.txt | is there already | remove it
pretrain fan --out text.txt/x | no folder can be made | another folder
pretrain fan --out x --twin-size 100 | pictures of 100 pixels | multiple of 64
pretrain fan --out x --set lr=-1 | lr=-1.0 | 0 or more
measure fan nowhere --pack small.pack | nowhere: no such file | fan=FILE
profile --method mean --aus 99 | --aus 99 | choose among
profile --method mean --aus AU6 | --aus AU6 | write numbers with commas
show augment --out x.jpg | the picture is a PNG | ends in .png
schema x | no place for 'x' | options only
"""

ROWS = [tuple(map(str.strip, line.split("|"))) for line in MISTAKES.strip().splitlines()]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run, a pack, and things that are neither."""
    place = tmp_path_factory.mktemp("newcomer")
    make(place / "small.pack")
    (place / "outer").mkdir()
    (place / "outer" / "inner.pack").symlink_to(place / "small.pack")
    make_record(place / "made", find("protocols", "disfa3fold"))
    run = place / RUN
    run.parent.mkdir(parents=True)
    next((place / "made").rglob("record.json")).parent.rename(run)
    (place / "begun" / "fold-0").mkdir(parents=True)
    (place / "empty").mkdir()
    (place / "text.txt").write_text("hello\n")
    (place / "some.csv").write_text("a,b\n1,2\n")
    Image.new("RGB", (64, 64)).save(place / "face.png")
    with zipfile.ZipFile(place / "x.zip", "w") as archive:
        archive.writestr("a", "b")
    return place


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_mistake_is_one_line_with_its_mend(
    row: tuple[str, str, str],
    place: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    short = {
        "OK": OK,
        "RAW": OK.partition(" --pack")[0],
        "SVR": OK.replace("mean", "geometric-svr"),
        "RUN": RUN,
        "HOME": str(place),
    }
    line, what, mend = (
        re.sub(r"\b(OK|RAW|SVR|RUN|HOME)\b", lambda word: short[word[0]], text) for text in row
    )
    monkeypatch.chdir(place)
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("AUBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("AUBENCH_CONFIG", str(tmp_path / "none.toml"))
    monkeypatch.setattr(sys, "argv", ["aubench", *shlex.split(line)])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().err
    assert ended.value.code == 2, said
    assert said.startswith("error: "), said
    assert said.count("\n") == 1, said
    problem, _, advice = said.partition("; ")
    assert what in problem, said
    assert mend in advice, said
    assert not (tmp_path / "cache" / "twins").exists(), "a twin was begun"
