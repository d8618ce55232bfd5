"""Every tool whose prediction files can be scored, by the name after ``--from``."""

from __future__ import annotations

from aubench.importers.tool import Tool

_DISFA_AND_BP4D = ("disfa", "bp4d", "fera2015", "fera2017")

TOOLS: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        # Tables of anybody's: the key columns (or one file per video), and one column per AU
        # (AU06). A frame that is missing, doubled or not tested is an error.
        *(
            Tool(
                name=name,
                title=title,
                intensity=r"AU_?(\d+)",
                occurrence=r"AU_?(\d+)",
                lenient=False,
                fill=None,
            )
            for name, title in (("csv", "CSV"), ("parquet", "Parquet"))
        ),
        # Baltrušaitis et al., FG 2018: one CSV per video (FeatureExtraction, and with several faces
        # per frame FaceLandmarkVidMulti: face_id). Intensities are AU01_r … AU45_r, occurrences
        # AU01_c …; AU28 has no intensity. Other columns contain _r too, headers may start with a
        # space, and a row whose success is 0 holds zeros that were not estimated: its own fill.
        # Negative intensities occur. Frames count from 1 (RecorderOpenFace.cpp and its wiki's
        # output page). FaceLandmarkImg writes one CSV per picture: face, confidence, … and no
        # frame.
        Tool(
            name="openface",
            title="OpenFace 2",
            release="OpenFace 2.2.0",
            intensity=r"AU(\d\d)_r",
            occurrence=r"AU(\d\d)_c",
            first_frame=1,
            pictures=True,
            score="confidence",
            success="success",
            trained_on=_DISFA_AND_BP4D,
        ),
        # OpenFace 2.2 in Python, with its models. Its pipeline counts frames from 0
        # (pyfaceau/pipeline.py, frame_idx). success is True or False; smoothing over three frames
        # fills some AUs of rows in which no face was found, and AU01_r_static … are no AUs.
        Tool(
            name="pyfaceau",
            title="pyfaceau",
            release="pyfaceau 1.4.1",
            intensity=r"AU(\d\d)_r",
            first_frame=0,
            success="success",
            trained_on=_DISFA_AND_BP4D,
        ),
        # openface/demo.py writes face_analysis_NAME.csv: video_path and frame_index (from 0) for a
        # video, image_path and no frame for a picture. action_units holds a batch of one list of
        # eight probabilities, [[…]], the same for every face of a frame. Doubt: the file does not
        # name the eight; its authors' demo2.py names them in this order, and readers of its
        # training code have come to another.
        Tool(
            name="openface3",
            title="OpenFace 3",
            release="openface-test 0.1.26",
            packed={"intensity": "action_units", "occurrence": "action_units"},
            listed=(1, 2, 4, 6, 9, 12, 25, 26),
            frame=("frame_index", "frame"),
            first_frame=0,
            pictures=True,
            scale=1,
            video=("video_path", "image_path"),
            trained_on=("disfa",),
            notes=("OpenFace 3 does not name its eight AUs: read as 1, 2, 4, 6, 9, 12, 25, 26",),
        ),
        # Cheong et al., Affective Science 2023: AU01 … AU43 are probabilities, in 0.x and 2 alike
        # (2 adds approx_time, gaze, Identity and the size of the frame). A frame with several faces
        # has several rows. The column input names the video or picture, so one file may hold many.
        # Frames of a video count from 0 (feat/data.py, VideoDataset); those of pictures are running
        # numbers, which nothing here uses.
        Tool(
            name="pyfeat",
            title="Py-Feat",
            release="Py-Feat 2.1.5, and 0.x",
            intensity=r"AU(\d\d)",
            occurrence=r"AU(\d\d)",
            first_frame=0,
            scale=1,
            score="FaceScore",
            video=("input",),
            trained_on=_DISFA_AND_BP4D,
        ),
        # Chang et al., WACV 2024: au_1_intensity … are 0–5, and au_1 … are 0 or 1. Frames without
        # a face are absent, the others count from 0 (libreface/utils.py,
        # get_frames_from_video_ffmpeg). A picture gives a file of one row and no name; collected
        # in a table, get_facial_attributes gives mappings, detected_aus and au_intensities, beside
        # a name that the user adds.
        Tool(
            name="libreface",
            title="LibreFace",
            release="LibreFace 0.2.0",
            intensity=r"au_(\d\d?)_intensity",
            occurrence=r"au_(\d\d?)",
            packed={"intensity": "au_intensities", "occurrence": "detected_aus"},
            frame=("frame_idx", "frame"),
            first_frame=0,
            pictures=True,
            video=("input_image_path", "image_path", "input"),
            trained_on=_DISFA_AND_BP4D,
        ),
        # Hinduja et al., ACIIW 2023: Int_au_6 … are 0–5, Occ_au_1 … are likelihoods. Frames
        # without a face are absent, and a frame with several people has several rows (Person_ID);
        # the file does not say which face is the better one, so the first counts. Doubt: its output
        # page does not say whether Frame counts from 0 or 1; a 0 in a file is asked about.
        Tool(
            name="pyafar",
            title="PyAFAR",
            release="PyAFAR 3.0",
            intensity=r"Int_au_(\d\d?)",
            occurrence=r"Occ_au_(\d\d?)",
            trained_on=("bp4d", "fera2015", "fera2017"),
            notes=("PyAFAR does not say whether its frames count from 0 or 1",),
        ),
    )
}
"""Tools by name, in the order of the help text.

``trained_on`` names corpora that a tool's released models learned from, as far as is known.
"""
