#!/bin/sh
# The guess: a column of amounts that a Parquet file declares as DECIMAL(18,2) is read in JavaScript without loss, as a
# text, a BigInt or a scaled integer, or is refused.
# What is: hyparquet 1.33.0 (npm) gives a number. Up to some 90 trillion yuan the cents come out right; above, a fen is
# gone and nothing says so, though the file holds it: pyarrow 26.0.1, which wrote the file, reads it back exactly.
# Seen 2026-11-29, on Node 20 and Python 3.11:
#   pyarrow   1.15 90071992547409.93
#   hyparquet 1.15 90071992547409.92
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund hyparquet@1.33.0 >/dev/null
python3 -m venv python >/dev/null
./python/bin/pip install --quiet --disable-pip-version-check pyarrow==26.0.1
exact=$(./python/bin/python -c '
from decimal import Decimal
import pyarrow, pyarrow.parquet
amounts = [Decimal("1.15"), Decimal("90071992547409.93")]
table = pyarrow.table({"amount": pyarrow.array(amounts, pyarrow.decimal128(18, 2))})
pyarrow.parquet.write_table(table, "amounts.parquet")
print(*(row["amount"] for row in pyarrow.parquet.read_table("amounts.parquet").to_pylist()))
')
cat > read.mjs <<'SCRIPT'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
const rows = await parquetReadObjects({ file: await asyncBufferFromFile('amounts.parquet') })
console.log(rows.map((row) => row.amount).join(' '))
SCRIPT
read=$(node read.mjs)
echo "pyarrow   $exact"
echo "hyparquet $read"
[ "$exact" = '1.15 90071992547409.93' ]
[ "$read" = '1.15 90071992547409.92' ]
