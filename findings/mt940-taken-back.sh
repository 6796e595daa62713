#!/bin/sh
# The guess: a reader of bank statements (SWIFT MT940, field 61) gives a payment out a minus, and so it does where a
# payment in is taken back (RC); a payment out that is given back (RD) has none. So what is booked adds up from the
# opening balance to the closing one.
# What is: mt-940 5.1.1 (Python) gives a minus to D alone. RC and RD keep their mark in `status`, and the amount of both
# is above zero: a payment that the bank took back reads like a second one.
# Seen 2026-11-29, on Python 3.11; the balance is 1000.00 before and after:
#   C 500.00, RC 500.00, D -200.00, RD 200.00: 1000.00 in all
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv python >/dev/null
./python/bin/pip install --quiet --disable-pip-version-check mt-940==5.1.1
cat > statement.sta <<'STATEMENT'
:20:STARTUMSE
:25:10010010/1111111111
:28C:00001/001
:60F:C260227CNY1000,00
:61:2603020302CR500,00NTRFNONREF
:86:payment in
:61:2603020302RC500,00NRTINONREF
:86:payment in taken back
:61:2603030303DR200,00NTRFNONREF
:86:payment out
:61:2603030303RD200,00NRTINONREF
:86:payment out given back
:62F:C260303CNY1000,00
-
STATEMENT
seen=$(./python/bin/python -c '
import mt940
booked = [entry.data for entry in mt940.parse("statement.sta")]
each = ", ".join("%s %s" % (entry["status"], entry["amount"].amount) for entry in booked)
print("%s: %s in all" % (each, sum(entry["amount"].amount for entry in booked)))
')
echo "$seen"
[ "$seen" = 'C 500.00, RC 500.00, D -200.00, RD 200.00: 1000.00 in all' ]
