/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and reading the alias file of channels. */
#include "io/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/number.h"
#include "io/alias_files.h"
#include "io/stream.h"

/* -- the text -- */

nm_channel_search
nm_channel_search_init(nm_span text, nm_span name)
{
    return (nm_channel_search){
        .text = nm_cursor_init(text),
        .name = name,
        .places = nm_cursor_init(nm_span_of(NULL, 0)),
    };
}

/* Up to the end of the line, which is left out. */
static nm_span
take_line(nm_cursor *c)
{
    size_t left = nm_cursor_left(c);
    const uint8_t *end = memchr(c->pos, '\n', left);
    nm_span line = nm_cursor_take(c, end != NULL ? (size_t)(end - c->pos) : left);
    if (end != NULL) {
        (void)nm_cursor_u8(c);
    }
    return line;
}

/* The next octets up to white space, without that before them; empty at the end. */
static nm_span
take_word(nm_cursor *c)
{
    while (nm_cursor_left(c) > 0 && nm_ascii_is_space(*c->pos)) {
        (void)nm_cursor_u8(c);
    }
    const uint8_t *start = c->pos;
    while (nm_cursor_left(c) > 0 && !nm_ascii_is_space(*c->pos)) {
        (void)nm_cursor_u8(c);
    }
    return nm_span_of(start, (size_t)(c->pos - start));
}

bool
nm_channel_line_next(nm_channel_search *search, nm_channel_line *out)
{
    while (nm_cursor_left(&search->text) > 0) {
        nm_cursor line = nm_cursor_init(take_line(&search->text));
        search->line++;
        nm_span name = take_word(&line);
        if (name.len > 0 && name.data[0] != '#') {
            *out = (nm_channel_line){
                .name = name,
                .places = nm_span_of(line.pos, nm_cursor_left(&line)),
                .number = search->line,
            };
            return true;
        }
    }
    return false;
}

/* Decimal digits up to 65535. */
static bool
parse_port(nm_span text, uint16_t *out)
{
    uint64_t number;
    if (!nm_number_parse_u64(text, &number) || number > UINT16_MAX) {
        return false;
    }
    *out = (uint16_t)number;
    return true;
}

/* The octets up to a separator; NULL when it does not occur. */
static const uint8_t *
find(nm_span text, const char *separator, size_t len)
{
    return text.len > 0 ? memmem(text.data, text.len, separator, len) : NULL;
}

/* What is behind `from`, which points into the text. */
static nm_span
behind(nm_span text, const uint8_t *from)
{
    return nm_span_of(from, text.len - (size_t)(from - text.data));
}

static bool
parse_ports(nm_span text, nm_channel_place *out)
{
    const uint8_t *dots = find(text, "..", 2);
    if (dots == NULL) {
        bool is_port = parse_port(text, &out->first_port);
        out->last_port = out->first_port;
        return is_port;
    }
    return parse_port(nm_span_of(text.data, (size_t)(dots - text.data)), &out->first_port) &&
           parse_port(behind(text, dots + 2), &out->last_port) && out->first_port > 0 &&
           out->first_port <= out->last_port;
}

static bool
parse_place(nm_span text, nm_channel_place *out)
{
    uint8_t address[NM_IPV6_LEN];
    *out = (nm_channel_place){.text = text, .is_endpoint = find(text, "://", 3) != NULL};
    if (out->is_endpoint) {
        return true;
    }
    const uint8_t *slash = find(text, "/", 1);
    if (slash == NULL) {
        return false;
    }
    size_t len = (size_t)(slash - text.data);
    if (len > NM_ADDRESS_TEXT_MAX || nm_address_parse(nm_span_of(text.data, len), address) == 0) {
        return false;
    }
    memcpy(out->address, text.data, len); /* The rest is zero. */
    return parse_ports(behind(text, slash + 1), out);
}

/* The next place of the channel as text; empty when there is none. */
static nm_span
take_place(nm_channel_search *search)
{
    nm_channel_line line;
    for (;;) {
        nm_span place = take_word(&search->places);
        if (place.len > 0) {
            return place;
        }
        do {
            if (!nm_channel_line_next(search, &line)) {
                return nm_span_of(NULL, 0);
            }
        } while (!nm_span_equal(line.name, search->name));
        search->is_known = true;
        search->places = nm_cursor_init(line.places);
    }
}

nm_status
nm_channel_place_next(nm_channel_search *search, nm_channel_place *out, nm_error *err)
{
    enum { SHOWN_MAX = 80 };
    nm_channel_place place;
    nm_span text = take_place(search);
    if (text.len == 0) {
        return NM_END;
    }
    if (!parse_place(text, &place)) {
        return nm_error_set(err, NM_E_PARSE, (uint64_t)(text.data - search->text.start),
                            "line %llu: \"%.*s\" is neither address/port nor address/first..last",
                            (unsigned long long)search->line,
                            (int)(text.len < SHOWN_MAX ? text.len : SHOWN_MAX),
                            (const char *)text.data);
    }
    *out = place;
    return NM_OK;
}

/* -- the file -- */

/* Everything up to the end. Takes the descriptor. */
static nm_status
read_all(int fd, const char *path, nm_buffer *out, nm_error *err)
{
    static const nm_wait patient = {.may_go_on = NULL};
    nm_stream stream = {.fd = -1};
    nm_status status =
        nm_stream_open(&stream, fd, /* owns_fd= */ true, NM_ALIAS_FILE_LEN_MAX + 1, err);
    if (status != NM_OK) {
        return status;
    }
    while (status == NM_OK && !stream.is_at_end) {
        size_t len = nm_stream_buffered(&stream).len;
        status = len > NM_ALIAS_FILE_LEN_MAX
                     ? nm_error_set(err, NM_E_LIMIT, NM_ALIAS_FILE_LEN_MAX,
                                    "%s has more than %d octets", path, NM_ALIAS_FILE_LEN_MAX)
                     : nm_stream_fill(&stream, len + 1, &patient, err);
    }
    if (status == NM_OK) {
        out->len = 0;
        status = nm_buffer_append(out, nm_stream_buffered(&stream));
        if (status != NM_OK) {
            (void)nm_error_set(err, status, 0, "no memory for %s", path); /* It is returned. */
        }
    }
    nm_stream_close(&stream);
    return status;
}

/* Open and read the file, and take its path out of the list. */
static nm_status
read_path(char **path, nm_buffer *out_text, char **out_path, nm_error *err)
{
    int fd = open(*path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return nm_error_set_system(err, errno, "cannot open %s", *path);
    }
    nm_status status = read_all(fd, *path, out_text, err);
    if (status == NM_OK) {
        *out_path = *path;
        *path = NULL;
    }
    return status;
}

nm_status
nm_channel_file_read(nm_buffer *out_text, char **out_path, nm_error *err)
{
    nm_alias_paths paths;
    nm_status status = nm_alias_paths_list(NM_ALIAS_CHANNEL, &paths, err);
    if (status != NM_OK) {
        return status;
    }
    size_t i = 0;
    while (i < paths.count && access(paths.paths[i], F_OK) != 0) {
        i++;
    }
    if (i < paths.count) {
        status = read_path(&paths.paths[i], out_text, out_path, err);
    } else {
        *out_path = NULL;
    }
    nm_alias_paths_clear(&paths);
    return status;
}
