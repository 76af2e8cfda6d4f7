"""Run all benchmarks, one after the other.

python docs/benchmarks/run_all.py --data FOLDER
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent

for script in ("speed.py", "fits.py", "beside_mlp.py", "limits.py", "accuracy.py", "tables.py"):
    data = sys.argv[1:] if script in ("beside_mlp.py", "accuracy.py", "tables.py") else []
    subprocess.run([sys.executable, HERE / script, *data], check=True)
