/* SPDX-License-Identifier: Apache-2.0 */
/* Civil date and time from Unix time, for the whole range of a 64-bit second count, and back for
 * years of four digits. */
#include "base/timestamp.h"

#include "base/ascii.h"
#include "base/number.h"
#include "base/word.h"

enum {
    SECONDS_PER_DAY = 86400,
    DAYS_PER_FOUR_YEARS = 1461,
    DAYS_FROM_1900 = 25508, /* From 1900-03-01 to 1970-01-01. */
    DAYS_TO_2100 = 47541,   /* From 1970-01-01 to 2100-03-01. */
    DAYS_PER_ERA = 146097,  /* 400 Gregorian years. */
    DAYS_TO_EPOCH = 719468, /* From 0000-03-01 to 1970-01-01. */
    SECONDS_LEN = 19,       /* Octets of "YYYY-MM-DD HH:MM:SS". */
};

typedef struct civil_date {
    int64_t year;
    unsigned month;
    unsigned day;
} civil_date;

/* The date of a day in a year that starts on 1 March. */
static inline civil_date
date_in_year(int64_t year, unsigned day_of_year)
{
    /* Months take 30.6 days on average, 2^16 / 2141; the sum starts with three months, and with
     * what makes their days come out right. */
    unsigned months = day_of_year * 2141 + 197913;
    unsigned month = months >> 16;
    bool is_next_year = month > 12;
    return (civil_date){
        .year = year + is_next_year,
        .month = is_next_year ? month - 12 : month,
        .day = (months & 0xffff) / 2141 + 1,
    };
}

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
    return date_in_year((int64_t)year_of_era + era * 400, day_of_year);
}

/* The same for days of 1970 to February of 2100, in which every fourth year is a leap year. */
static civil_date
civil_from_near_days(unsigned days)
{
    unsigned quarters = 4 * (days + DAYS_FROM_1900) + 3;
    return date_in_year(1900 + quarters / DAYS_PER_FOUR_YEARS, quarters % DAYS_PER_FOUR_YEARS / 4);
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

/* A separator and two digits of a value below 100. */
static char *
format_two(char separator, unsigned value, char *out)
{
    out[0] = separator;
    nm_number_format_two(value, out + 1);
    return out + 3;
}

/* Everything behind the year. */
static char *
format_rest(const civil_date *date, unsigned second_of_day, char *out)
{
    out = format_two('-', date->month, out);
    out = format_two('-', date->day, out);
    unsigned minute_of_day = second_of_day / 60;
    unsigned hour = minute_of_day / 60;
    out = format_two(' ', hour, out);
    out = format_two(':', minute_of_day - 60 * hour, out);
    return format_two(':', second_of_day - 60 * minute_of_day, out);
}

static inline bool
is_near(int64_t sec)
{
    return sec >= 0 && sec < (int64_t)DAYS_TO_2100 * SECONDS_PER_DAY;
}

/* What is_near() takes SECONDS_LEN octets. */
static void
format_near(uint32_t sec, char *out)
{
    civil_date date = civil_from_near_days(sec / SECONDS_PER_DAY);
    unsigned year = (unsigned)date.year;
    nm_number_format_two(year / 100, out);
    nm_number_format_two(year % 100, out + 2);
    (void)format_rest(&date, sec % SECONDS_PER_DAY, out + 4);
}

size_t
nm_timestamp_format_sec(int64_t sec, char *out)
{
    if (is_near(sec)) {
        format_near((uint32_t)sec, out);
        return SECONDS_LEN;
    }
    int64_t days = sec / SECONDS_PER_DAY;
    int64_t second_of_day = sec % SECONDS_PER_DAY;
    if (second_of_day < 0) {
        second_of_day += SECONDS_PER_DAY;
        days--;
    }
    civil_date date = civil_from_days(days);
    char *p = format_year(date.year, out);
    p = format_rest(&date, (unsigned)second_of_day, p);
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

void
nm_timestamp_format_fixed(int64_t sec, uint32_t nsec, char *out)
{
    const size_t fixed = SECONDS_LEN;
    if (is_near(sec)) {
        format_near((uint32_t)sec, out);
    } else {
        char text[NM_TIMESTAMP_TEXT_MAX];
        size_t len = nm_timestamp_format_sec(sec, text);
        memcpy(out, text + len - fixed, fixed); /* The year grows to the left. */
    }
    out[fixed] = '.';
    nm_number_format_padded(nsec, 9, out + fixed + 1);
}

/* Days from 1970-01-01 to a date of the years from 0 on. */
static int64_t
days_from_civil(unsigned year, unsigned month, unsigned day)
{
    /* Days between 1 March and the first of each month; January and February end a year. */
    static const uint16_t days_before[] = {0,   306, 337, 0,   31,  61, 92,
                                           122, 153, 184, 214, 245, 275};
    year += month > 2 ? 400 : 399; /* An era later, so that it is not negative. */
    unsigned century = year / 100;
    unsigned days = year * 365 + year / 4 - century + century / 4 + days_before[month] + day - 1;
    return (int64_t)days - (DAYS_PER_ERA + DAYS_TO_EPOCH);
}

static bool
is_day(unsigned year, unsigned month, unsigned day)
{
    static const uint8_t days[] = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month >= sizeof days || day < 1 || day > days[month]) {
        return false;
    }
    return month != 2 || day < 29 || (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

/* Read digits that stand where `form` has "0"; the other octets have to be those of `form`.
 * @param ref_errors  Gets some top bit set when something else stands there.
 * @return in each octet the number of the two digits there and behind it, where there are two. */
static inline uint64_t
read_pairs(const uint8_t *p, const char form[NM_WORD_LEN], uint64_t *ref_errors)
{
    uint64_t expected = nm_word_load(form);
    uint64_t digits = nm_word_load(p) ^ expected; /* 0 to 9, and 0 in the other octets. */
    uint64_t others = ~nm_word_find_all(expected, '0') & NM_WORD_OF(0x80);
    uint64_t loose = NM_WORD_OF(0x80 - 10) + others / 0x80 * 9; /* A constant, as `form` is. */
    *ref_errors |= digits | (digits + loose);
    return digits * 10 + (digits >> 8);
}

static inline unsigned
octet_of(uint64_t word, int place)
{
    return word >> 8 * place & 0xff;
}

bool
nm_timestamp_parse_sec(nm_span text, int64_t *out_sec)
{
    enum { DAY = 8, TIME = 11 }; /* Where they stand. */
    if (text.len != SECONDS_LEN) {
        return false;
    }
    uint64_t errors = 0;
    uint64_t date = read_pairs(text.data, "0000-00-", &errors);
    uint64_t days = read_pairs(text.data + DAY, "00 00:00", &errors);
    uint64_t time = read_pairs(text.data + TIME, "00:00:00", &errors);
    unsigned year = octet_of(date, 0) * 100 + octet_of(date, 2);
    unsigned month = octet_of(date, 5);
    unsigned day = octet_of(days, 0);
    unsigned hour = octet_of(time, 0);
    unsigned minute = octet_of(time, 3);
    unsigned second = octet_of(time, 6);
    if ((errors & NM_WORD_OF(0x80)) != 0 || !is_day(year, month, day) || hour > 23 || minute > 59 ||
        second > 60) {
        return false;
    }
    *out_sec =
        days_from_civil(year, month, day) * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second;
    return true;
}

bool
nm_timestamp_parse(nm_span text, int64_t *out_sec, uint32_t *out_nsec)
{
    const size_t point = SECONDS_LEN;
    uint64_t nsec = 0;
    if (text.len > point) {
        nm_span digits = nm_span_of(text.data + point + 1, text.len - point - 1);
        if (text.data[point] != '.' || !nm_number_parse_u64(digits, &nsec) ||
            nsec > NM_TIMESTAMP_NSEC_MAX) {
            return false;
        }
        text.len = point;
    }
    if (!nm_timestamp_parse_sec(text, out_sec)) {
        return false;
    }
    *out_nsec = (uint32_t)nsec;
    return true;
}
