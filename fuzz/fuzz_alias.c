/* SPDX-License-Identifier: Apache-2.0 */
/* The input is the text of an alias file. The table is compared with the list of its lines, which
 * are read with the C library. */
#include "message/alias.h"

#include <errno.h>
#include <strings.h>

#include "fuzz.h"

enum {
    LINES_MAX = 128,
    TEXT_MAX = 8192,
};

/* A line, NUL-terminated in place of what was behind the name. */
typedef struct model_line {
    uint32_t number;
    const char *name;
} model_line;

typedef struct model {
    char text[TEXT_MAX + 1];
    model_line lines[LINES_MAX];
    size_t count;
    size_t malformed_line;
} model;

static bool
model_number(const char *word, uint32_t *out)
{
    const char *digits = word + (*word == '+');
    if (*word == '-' || (digits[0] == '0' && (digits[1] | 0x20) == 'b')) {
        return false; /* Newer C libraries read binary numbers too. */
    }
    char *end;
    errno = 0;
    unsigned long long value = strtoull(word, &end, 0);
    *out = (uint32_t)value;
    return end != word && *end == '\0' && errno == 0 && value <= UINT32_MAX;
}

/* @return false when it is malformed. */
static bool
model_add(model *m, char *line)
{
    static const char white[] = " \t\r\v\f";
    char *rest;
    const char *word = strtok_r(line, white, &rest);
    const char *name = strtok_r(NULL, white, &rest);
    model_line *to = &m->lines[m->count];
    to->name = name;
    if (word == NULL || name == NULL || !model_number(word, &to->number)) {
        return false;
    }
    m->count++;
    return true;
}

static void
model_read(model *m, nm_span text)
{
    memcpy(m->text, text.data, text.len);
    m->text[text.len] = '\0';
    m->count = 0;
    m->malformed_line = 0;
    char *next = m->text;
    for (size_t number = 1; next != NULL && *next != '\0'; number++) {
        char *line = strsep(&next, "\n");
        if (!model_add(m, line)) {
            m->malformed_line = number;
            break;
        }
    }
}

/* NULL when the number has none. */
static const char *
model_name(const model *m, uint32_t number)
{
    for (size_t i = m->count; i > 0; i--) {
        if (m->lines[i - 1].number == number) {
            return m->lines[i - 1].name;
        }
    }
    return NULL;
}

/* The smallest number of a name that was not given another by a later line; it must have one. */
static uint32_t
model_number_of(const model *m, const char *name)
{
    uint32_t found = UINT32_MAX;
    for (size_t i = 0; i < m->count; i++) {
        if (strcasecmp(model_name(m, m->lines[i].number), name) == 0 &&
            m->lines[i].number < found) {
            found = m->lines[i].number;
        }
    }
    return found;
}

static bool
is_text(nm_span span, const char *text)
{
    return nm_span_equal(span, nm_span_of(text, strlen(text)));
}

static void
compare(const nm_alias_table *table, const model *m)
{
    FUZZ_REQUIRE(nm_alias_malformed_line(table) == m->malformed_line);
    for (size_t i = 0; i < m->count; i++) {
        uint32_t number = m->lines[i].number;
        FUZZ_REQUIRE(is_text(nm_alias_name(table, number), model_name(m, number)));
        nm_span none = nm_alias_name(table, number + 1);
        FUZZ_REQUIRE(none.len == 0 || is_text(none, model_name(m, number + 1)));
    }
    for (size_t i = 0; i < nm_alias_count(table); i++) {
        nm_alias alias = nm_alias_at(table, i);
        const char *name = model_name(m, alias.number);
        uint32_t number = 0;
        FUZZ_REQUIRE(name != NULL && is_text(alias.name, name));
        FUZZ_REQUIRE(i == 0 || nm_alias_at(table, i - 1).number < alias.number);
        FUZZ_REQUIRE(nm_alias_number(table, alias.name, &number));
        FUZZ_REQUIRE(number == model_number_of(m, name));
    }
}

/* The text itself is hardly ever a name, but looking for it must be safe. */
static void
look_up(const nm_alias_table *table, nm_span text)
{
    uint32_t number = 0;
    if (nm_alias_number(table, text, &number)) {
        FUZZ_REQUIRE(nm_alias_name(table, number).len == text.len);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static model m;
    nm_span text = nm_span_of(data, size);
    nm_alias_table *table = NULL;
    nm_status status = nm_alias_table_parse(text, fuzz_memory_begin(), &table, /* err= */ NULL);
    FUZZ_REQUIRE(status == (fuzz_memory_has_failed() ? NM_E_NOMEM : NM_OK));
    if (status == NM_OK) {
        look_up(table, text);
        size_t newlines = 0;
        for (size_t i = 0; i < size; i++) {
            newlines += data[i] == '\n';
        }
        bool is_simple = size > 0 && memchr(data, '\0', size) == NULL;
        if (is_simple && size <= TEXT_MAX && newlines < LINES_MAX) {
            model_read(&m, text);
            compare(table, &m);
        }
    }
    nm_alias_table_free(table);
    fuzz_memory_end();
    return 0;
}
