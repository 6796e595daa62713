#!/bin/sh
# The guess: two packages that know the same Chinese working days agree on the fifth working day after a Saturday.
# What is: they differ by one, silently. chinese-days 1.5.7 counts the first working day after a day off as the first, as
# the courts' and the exchanges' terms do: from Saturday 7 March 2026 the fifth is Friday the 13th. chinesecalendar 1.11.0
# moves to that day first, as the zeroth, and then counts: the fifth is Monday the 16th. From a working day both agree.
# Whoever checks terms against one of them finds no fault until a term begins on a weekend.
# Seen 2026-11-28, on Node 20 and Python 3.11:
#   from Friday 2026-03-06:   chinese-days 2026-03-13, chinesecalendar 2026-03-13
#   from Saturday 2026-03-07: chinese-days 2026-03-13, chinesecalendar 2026-03-16
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund chinese-days@1.5.7 >/dev/null
python3 -m venv python >/dev/null
./python/bin/pip install --quiet --disable-pip-version-check chinesecalendar==1.11.0
js() { node -e "console.log(require('chinese-days').findWorkday(5, '$1'))"; }
py() { ./python/bin/python -c "
import chinese_calendar, datetime
print(chinese_calendar.find_workday(5, datetime.date.fromisoformat('$1')))"; }
friday="$(js 2026-03-06) $(py 2026-03-06)"
saturday="$(js 2026-03-07) $(py 2026-03-07)"
echo "from Friday 2026-03-06:   chinese-days ${friday% *}, chinesecalendar ${friday#* }"
echo "from Saturday 2026-03-07: chinese-days ${saturday% *}, chinesecalendar ${saturday#* }"
[ "$friday" = "2026-03-13 2026-03-13" ]
[ "$saturday" = "2026-03-13 2026-03-16" ]
