#!/usr/bin/env bash
# Longitude and latitude in the wrong order are the commonest mistake of this field, and h3 4.5.0 does not see it: latitude 116 is taken
# over the pole, to 64 degrees north on the other side, and AIS's "no position", 91 and 181, is a cell near the pole like any other.
# Guess before: an error of the domain, as for a resolution of 16. Seen 2026-11-30: as asserted below.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet h3==4.5.0
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import h3

beijing = (39.9, 116.4)
swapped = h3.cell_to_latlng(h3.latlng_to_cell(*reversed(beijing), 7))
nowhere = h3.cell_to_latlng(h3.latlng_to_cell(91.0, 181.0, 7))
print(swapped, nowhere)
assert abs(swapped[0] - 63.6) < 0.1 and abs(swapped[1] + 140.1) < 0.1, "swapped coordinates are elsewhere now"
assert 88.9 < nowhere[0] < 89.1, "no position is no cell at the pole now"
try:
    h3.latlng_to_cell(*beijing, 16)
    raise AssertionError("resolution 16 is taken now")
except h3.H3ResDomainError:
    pass
PYTHON
