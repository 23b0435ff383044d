/* SPDX-License-Identifier: Apache-2.0 */
/* Civil date and time from Unix time, for the whole range of a 64-bit second count. */
#include "base/timestamp.h"

#include "base/number.h"

enum {
    SECONDS_PER_DAY = 86400,
    DAYS_PER_ERA = 146097,  /* 400 Gregorian years. */
    DAYS_TO_EPOCH = 719468, /* From 0000-03-01 to 1970-01-01. */
};

typedef struct civil_date {
    int64_t year;
    unsigned month;
    unsigned day;
} civil_date;

/* Counting years from 1 March puts the leap day at the end of a year, and 400 years are one era of
 * constant length, so both divisions are plain. */
static civil_date
civil_from_days(int64_t days)
{
    days += DAYS_TO_EPOCH;
    int64_t era = (days >= 0 ? days : days - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    unsigned day_of_era = (unsigned)(days - era * DAYS_PER_ERA);
    unsigned year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned march_month = (5 * day_of_year + 2) / 153;

    civil_date date;
    date.day = day_of_year - (153 * march_month + 2) / 5 + 1;
    date.month = march_month < 10 ? march_month + 3 : march_month - 9;
    date.year = (int64_t)year_of_era + era * 400 + (date.month <= 2);
    return date;
}

static char *
format_year(int64_t year, char *out)
{
    uint64_t distance = (uint64_t)year;
    if (year < 0) {
        *out++ = '-';
        distance = -distance;
    }
    if (distance <= 9999) {
        nm_number_format_padded(distance, 4, out);
        return out + 4;
    }
    return out + nm_number_format_u64(distance, out);
}

static char *
format_two(char separator, unsigned value, char *out)
{
    *out++ = separator;
    nm_number_format_padded(value, 2, out);
    return out + 2;
}

size_t
nm_timestamp_format_sec(int64_t sec, char *out)
{
    int64_t days = sec / SECONDS_PER_DAY;
    int64_t second_of_day = sec % SECONDS_PER_DAY;
    if (second_of_day < 0) {
        second_of_day += SECONDS_PER_DAY;
        days--;
    }
    civil_date date = civil_from_days(days);
    unsigned rest = (unsigned)second_of_day;

    char *p = format_year(date.year, out);
    p = format_two('-', date.month, p);
    p = format_two('-', date.day, p);
    p = format_two(' ', rest / 3600, p);
    p = format_two(':', rest / 60 % 60, p);
    p = format_two(':', rest % 60, p);
    return (size_t)(p - out);
}

size_t
nm_timestamp_format(int64_t sec, uint32_t nsec, char *out)
{
    size_t len = nm_timestamp_format_sec(sec, out);
    out[len++] = '.';
    if (nsec <= 999999999) {
        nm_number_format_padded(nsec, 9, out + len);
        return len + 9;
    }
    return len + nm_number_format_u64(nsec, out + len);
}
