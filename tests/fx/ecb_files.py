"""Files as the European Central Bank publishes them, byte for byte in shape."""

import io
import zipfile

HISTORY = (
    "Date,USD,JPY,BGN,CYP,GBP,\n"
    "2026-11-20,1.0850,163.21,1.9558,N/A,0.8350,\n"
    "2026-11-19,1.0876,162.90,1.9558,N/A,0.8341,\n"
    "2026-11-18,1.0900,162.50,1.9558,N/A,0.8300,\n"
)
DAILY = "Date, USD, JPY, BGN, GBP, \n20 November 2026, 1.0850, 163.21, 1.9558, 0.8350, \n"


def zipped(text: str, name: str = "eurofxref-hist.csv") -> bytes:
    """The file in an archive of its own."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return packed.getvalue()
