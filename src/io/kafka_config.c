/* SPDX-License-Identifier: Apache-2.0 */
/* Reading settings of the Kafka client library. */
#include "io/kafka_config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/buffer.h"

static const char VARIABLE[] = "NMSG_KAFKA_CONFIG";
static const char DEFAULT_FILE[] = NM_SYSCONFDIR "/nmsg.kafkacfg";

void
nm_kafka_config_clear(nm_kafka_config *c)
{
    for (size_t i = 0; i < c->count; i++) {
        free(c->settings[i].key);
        free(c->settings[i].value);
    }
    free(c->settings);
    *c = (nm_kafka_config){.count = 0};
}

static char *
text_of(nm_span span)
{
    char *text = malloc(span.len + 1);
    if (text != NULL) {
        if (span.len > 0) {
            memcpy(text, span.data, span.len);
        }
        text[span.len] = '\0';
    }
    return text;
}

static bool
has_nul(nm_span span)
{
    return span.len > 0 && memchr(span.data, 0, span.len) != NULL;
}

nm_status
nm_kafka_config_add(nm_kafka_config *c, nm_span key, nm_span value, nm_error *err)
{
    if (key.len == 0 || has_nul(key) || has_nul(value)) {
        return nm_error_set(err, NM_E_PARSE, 0, "a setting is a key, '=' and a value");
    }
    if (key.len > NM_KAFKA_TEXT_MAX || value.len > NM_KAFKA_TEXT_MAX) {
        return nm_error_set(err, NM_E_LIMIT, 0, "a key or value of more than %d octets",
                            NM_KAFKA_TEXT_MAX);
    }
    if (c->count == NM_KAFKA_SETTINGS_MAX) {
        return nm_error_set(err, NM_E_LIMIT, 0, "more than %d settings", NM_KAFKA_SETTINGS_MAX);
    }
    nm_kafka_setting *settings = realloc(c->settings, (c->count + 1) * sizeof *settings);
    c->settings = settings != NULL ? settings : c->settings;
    nm_kafka_setting setting = {.key = text_of(key), .value = text_of(value)};
    if (settings == NULL || setting.key == NULL || setting.value == NULL) {
        free(setting.key);
        free(setting.value);
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for a setting");
    }
    settings[c->count++] = setting;
    return NM_OK;
}

const char *
nm_kafka_config_get(const nm_kafka_config *c, const char *key)
{
    for (size_t i = c->count; i > 0; i--) {
        if (strcmp(c->settings[i - 1].key, key) == 0) {
            return c->settings[i - 1].value;
        }
    }
    return NULL;
}

/* -- texts -- */

/* Without white space at both ends. */
static nm_span
strip(nm_span text)
{
    if (text.len == 0) {
        return text;
    }
    const uint8_t *start = text.data;
    const uint8_t *end = text.data + text.len;
    while (start < end && nm_ascii_is_space(*start)) {
        start++;
    }
    while (start < end && nm_ascii_is_space(end[-1])) {
        end--;
    }
    return nm_span_of(start, (size_t)(end - start));
}

/* Take what is in front of the next `end`, which is left out, or all. */
static nm_span
take_until(nm_span *text, char end)
{
    const uint8_t *at = text->len > 0 ? memchr(text->data, end, text->len) : NULL;
    size_t len = at != NULL ? (size_t)(at - text->data) : text->len;
    nm_span taken = nm_span_of(text->data, len);
    size_t used = len + (at != NULL);
    *text = nm_span_of(text->data + used, text->len - used);
    return taken;
}

/* Add "key = value". */
static nm_status
add_pair(nm_kafka_config *c, nm_span pair, nm_error *err)
{
    nm_span value = pair;
    nm_span key = take_until(&value, '=');
    if (key.len == pair.len) {
        return nm_error_set(err, NM_E_PARSE, 0, "a setting is a key, '=' and a value");
    }
    return nm_kafka_config_add(c, strip(key), strip(value), err);
}

/* The name in "[name]". @return false when the line is none. */
static bool
read_section(nm_span line, nm_span *out)
{
    if (line.len < 2 || line.data[0] != '[' || line.data[line.len - 1] != ']') {
        return false;
    }
    *out = strip(nm_span_of(line.data + 1, line.len - 2));
    return true;
}

static nm_status
read_one_section(nm_kafka_config *c, nm_span text, nm_span wanted, nm_error *err)
{
    nm_span section = nm_span_of_text("default");
    for (unsigned long line_number = 1; text.len > 0; line_number++) {
        nm_error why;
        nm_span line = strip(take_until(&text, '\n'));
        if (line.len == 0 || line.data[0] == '#' || read_section(line, &section)) {
            continue;
        }
        nm_kafka_config ignored = {.count = 0};
        bool is_wanted = nm_span_equal(section, wanted);
        nm_status status = add_pair(is_wanted ? c : &ignored, line, &why);
        nm_kafka_config_clear(&ignored);
        if (status != NM_OK) {
            return nm_error_set(err, status, 0, "line %lu: %.200s", line_number, why.message);
        }
    }
    return NM_OK;
}

nm_status
nm_kafka_config_read_ini(nm_kafka_config *c, nm_span text, nm_span section, nm_error *err)
{
    nm_span general = nm_span_of_text("default");
    nm_status status = read_one_section(c, text, general, err);
    if (status == NM_OK && !nm_span_equal(section, general)) {
        status = read_one_section(c, text, section, err);
    }
    return status;
}

nm_status
nm_kafka_config_read_list(nm_kafka_config *c, nm_span text, nm_error *err)
{
    nm_status status = NM_OK;
    while (status == NM_OK && text.len > 0) {
        nm_span pair = strip(take_until(&text, ':'));
        status = pair.len > 0 ? add_pair(c, pair, err) : NM_OK;
    }
    return status;
}

/* -- files -- */

enum { PIECE = 65536 };

static nm_status
read_all(int fd, const char *path, nm_buffer *out, nm_error *err)
{
    for (;;) {
        nm_status status = nm_buffer_reserve(out, PIECE);
        if (status != NM_OK) {
            return nm_error_set(err, status, 0, "%.180s: %s", path,
                                status == NM_E_LIMIT ? "more than 1 MiB" : "no memory");
        }
        ssize_t got = read(fd, out->data + out->len, PIECE);
        if (got < 0 && errno != EINTR) {
            return nm_error_set_system(err, errno, "cannot read %.180s", path);
        }
        if (got == 0) {
            return NM_OK;
        }
        out->len += got > 0 ? (size_t)got : 0;
    }
}

static nm_status
read_file(nm_kafka_config *c, const char *path, const char *broker, bool may_be_missing,
          nm_error *err)
{
    nm_buffer text;
    nm_error why;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return may_be_missing && (errno == ENOENT || errno == ENOTDIR)
                   ? NM_OK
                   : nm_error_set_system(err, errno, "cannot open %.180s", path);
    }
    nm_buffer_init(&text, NM_KAFKA_CONFIG_FILE_MAX + PIECE, &nm_allocator_heap);
    nm_status status = read_all(fd, path, &text, err);
    (void)close(fd); /* Only read. */
    if (status == NM_OK) {
        status = nm_kafka_config_read_ini(c, nm_buffer_span(&text), nm_span_of_text(broker), &why);
        if (status != NM_OK) {
            (void)nm_error_set(err, status, 0, "%.120s: %.120s", path, why.message);
        }
    }
    nm_buffer_clear(&text);
    return status;
}

/* What the environment has, from a copy: another thread may change it. */
static nm_status
read_variable(nm_kafka_config *c, const char *given, nm_error *err)
{
    nm_error why;
    nm_buffer text;
    nm_buffer_init(&text, NM_KAFKA_CONFIG_FILE_MAX, &nm_allocator_heap);
    nm_status status = nm_buffer_append(&text, nm_span_of_text(given));
    if (status != NM_OK) {
        (void)nm_error_set(&why, status, 0, "%s",
                           status == NM_E_LIMIT ? "more than 1 MiB" : "no memory");
    } else {
        status = nm_kafka_config_read_list(c, nm_buffer_span(&text), &why);
    }
    nm_buffer_clear(&text);
    return status == NM_OK ? status
                           : nm_error_set(err, status, 0, "%s: %.200s", VARIABLE, why.message);
}

nm_status
nm_kafka_config_load(nm_kafka_config *c, const char *broker, nm_error *err)
{
    const char *given = getenv(VARIABLE);
    if (given == NULL) {
        return read_file(c, DEFAULT_FILE, broker, /* may_be_missing= */ true, err);
    }
    if (given[0] == '/' || (given[0] == '.' && given[1] == '/')) {
        return read_file(c, given, broker, /* may_be_missing= */ false, err);
    }
    return read_variable(c, given, err);
}
