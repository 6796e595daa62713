#!/bin/sh
# The guess: asked whether a day of a year works for which the State Council has published no list yet, a package of
# Chinese working days says that it does not know.
# What is: chinesecalendar 1.11.0 (Python) says so, with an error. chinese-days 1.5.7 (npm) answers all the same, as if
# only weekends were off: the National Day of 2027, a Friday, is a working day by name, and nothing in the answer tells
# it from a day that is known. A term of payment counted over the turn of the year comes out short of a week of holidays.
# Seen 2026-11-28, on Node 20 and Python 3.11:
#   chinese-days   2026-10-01 {"date":"2026-10-01","work":false,"name":"National Day,国庆节,3"}
#   chinese-days   2027-10-01 {"date":"2027-10-01","work":true,"name":"Friday"}
#   chinesecalendar 2027-10-01 NotImplementedError
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund chinese-days@1.5.7 >/dev/null
python3 -m venv python >/dev/null
./python/bin/pip install --quiet --disable-pip-version-check chinesecalendar==1.11.0
known=$(node -e 'console.log(JSON.stringify(require("chinese-days").getDayDetail("2026-10-01")))')
unknown=$(node -e 'console.log(JSON.stringify(require("chinese-days").getDayDetail("2027-10-01")))')
other=$(./python/bin/python -c '
import chinese_calendar, datetime
try:
    print(chinese_calendar.is_workday(datetime.date(2027, 10, 1)))
except NotImplementedError as error:
    print(type(error).__name__)
')
echo "chinese-days    2026-10-01 $known"
echo "chinese-days    2027-10-01 $unknown"
echo "chinesecalendar 2027-10-01 $other"
[ "$known" = '{"date":"2026-10-01","work":false,"name":"National Day,国庆节,3"}' ]
[ "$unknown" = '{"date":"2027-10-01","work":true,"name":"Friday"}' ]
[ "$other" = NotImplementedError ]
