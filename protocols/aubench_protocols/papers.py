"""The papers whose tables are kept, cell by cell, in ``published/``.

The numbers were keyed from the papers twice, independently, and their averages recomputed. They
stay as printed; where print contradicts itself, a marker or a note says so.
"""

from __future__ import annotations

from importlib.resources import files

from aubench.published import Paper, PaperTable

FOLDER = files("aubench_protocols") / "published"

SIDEWAYS = ("the views' columns are printed in two ways; the order is by layout",)

ntinou2020 = Paper(
    name="ntinou2020",
    title=(
        "A Transfer Learning approach to Heatmap Regression for Action Unit intensity estimation"
    ),
    authors=("Ntinou", "Sanchez", "Bulat", "Valstar", "Tzimiropoulos"),
    venue="IEEE Transactions on Affective Computing",
    year=2021,
    doi="10.1109/TAFFC.2021.3061605",
    arxiv="2004.06657",
    folder=FOLDER,
    tables={
        "1": PaperTable(
            caption="Where each AU's heat maps lie: landmarks of the 68-point markup, from 0",
            sections=("printed",),
            rows="au",
            columns=("metric",),
        ),
        "2": PaperTable(
            caption="Ways to transfer, on FERA 2015 and DISFA",
            notes=(
                "DISFA, MSE of Scratch: 0.37 is probably a misprint of 0.34 "
                "(Table 4 prints the same cells and the same average)",
            ),
        ),
        "3": PaperTable(
            caption="Ways to transfer, on FERA 2017",
            notes=("Table 6 prints the errors of this table as RMSE",),
        ),
        "4": PaperTable(
            caption="Against other methods, on FERA 2015 and DISFA",
            notes=(
                "DISFA has five rows for seven names",
                "FERA 2015, MSE of CCNN-IT: average as the 2DC paper prints it",
            ),
        ),
        "5": PaperTable(
            caption="Size, cost and ICC",
            sections=(),
            columns=("metric", "protocol"),
            notes=("Flops and seconds are of pictures of 256×256 pixels",),
            methods={
                "ResNet-18": "resnet18",
                "Scratch": "scratch",
                "Fine-tuning": "finetune",
                "Reparametrisation": "reparam",
                "Attention maps": "attention",
                "Adaptation layers": "adapt",
            },
        ),
        "6": PaperTable(
            caption="Against other methods, on FERA 2017",
            notes=(
                "RMSE has six and five rows for seven names: the last three are certain",
                "Table 3 prints the development errors of this table as MSE",
            ),
        ),
        "7": PaperTable(
            caption="The FERA 2015 test set",
            notes=(
                "ResNet-18 repeats its development row: do not read it as a test result",
                "MSE has four rows for five names; the missing one could also be ISIR, "
                "the first row then being CDL",
            ),
        ),
    },
)

fan2020 = Paper(
    name="fan2020",
    title=(
        "G2RL: Geometry-Guided Representation Learning for Facial Action Unit Intensity Estimation"
    ),
    authors=("Fan", "Lin"),
    venue="IJCAI",
    year=2020,
    doi="10.24963/ijcai.2020/102",
    folder=FOLDER,
    tables={"1": PaperTable(caption="Against other methods, on BP4D and DISFA")},
)

sanchez2018 = Paper(
    name="sanchez2018",
    title="Joint Action Unit localisation and intensity estimation through heatmap regression",
    authors=("Sanchez", "Tzimiropoulos", "Valstar"),
    venue="BMVC",
    year=2018,
    folder=FOLDER,
    tables={"1": PaperTable(caption="Heat maps against other methods, on FERA 2015")},
)

romero2018 = Paper(
    name="romero2018",
    title="Multi-View Dynamic Facial Action Unit Detection",
    authors=("Romero", "León", "Arbeláez"),
    venue="arXiv",
    year=2018,
    arxiv="1704.07863",
    folder=FOLDER,
    tables={
        "1": PaperTable(caption="Encoders on BP4D", transposed=True),
        "2": PaperTable(caption="Ways to use optical flow, on BP4D", transposed=True),
        "3": PaperTable(
            caption="Number of parameters",
            sections=(),
            columns=("metric",),
            transposed=True,
        ),
        "4": PaperTable(caption="The chosen system on BP4D", transposed=True),
        "5": PaperTable(caption="Against other methods, on BP4D", transposed=True),
        "6": PaperTable(
            caption="The view classifier on FERA 2017",
            sections=("printed", "partition", "method"),
            rows="metric",
        ),
        "7": PaperTable(caption="Against other methods, on FERA 2017", transposed=True),
        "8": PaperTable(caption="Per view, FERA 2017 validation", transposed=True, notes=SIDEWAYS),
        "9": PaperTable(
            caption="Per view, FERA 2017 test",
            transposed=True,
            notes=(
                *SIDEWAYS,
                "Global is pooled, not the mean of the views: for AU4, AU15 and AU17 their "
                "F1 differ by more than 0.35",
            ),
        ),
    },
)
