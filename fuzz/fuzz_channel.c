/* SPDX-License-Identifier: Apache-2.0 */
/* The input is the text of a channel file. Every channel in it is looked up, and compared with what
 * a plain walk through all lines finds. */
#include "io/channel.h"

#include <arpa/inet.h>

#include "base/ascii.h"
#include "fuzz.h"

enum {
    LINES_MAX = 64,
    TEXT_MAX = 4096,
};

static void
require_inside(nm_span part, nm_span text)
{
    FUZZ_REQUIRE(part.data >= text.data && part.len <= text.len);
    FUZZ_REQUIRE((size_t)(part.data - text.data) <= text.len - part.len);
}

/* A decimal number of 16 bits. */
static bool
is_port(const char *text, unsigned expected)
{
    char *end;
    return *text >= '0' && *text <= '9' && strtoul(text, &end, 10) == expected && *end == '\0';
}

/* What a place was taken for is what it says, by the C library. */
static void
require_place(const nm_channel_place *place)
{
    char text[128];
    uint8_t octets[NM_IPV6_LEN];
    FUZZ_REQUIRE(place->text.len < sizeof text);
    memcpy(text, place->text.data, place->text.len);
    text[place->text.len] = '\0';
    char *slash = strchr(text, '/');
    FUZZ_REQUIRE(slash != NULL);
    *slash = '\0';
    FUZZ_REQUIRE(strcmp(text, place->address) == 0);
    FUZZ_REQUIRE(inet_pton(AF_INET, text, octets) == 1 || inet_pton(AF_INET6, text, octets) == 1);
    char *dots = strstr(slash + 1, "..");
    if (dots != NULL) {
        *dots = '\0';
        FUZZ_REQUIRE(is_port(dots + 2, place->last_port));
        FUZZ_REQUIRE(place->first_port > 0 && place->first_port <= place->last_port);
    } else {
        FUZZ_REQUIRE(place->first_port == place->last_port);
    }
    FUZZ_REQUIRE(is_port(slash + 1, place->first_port));
}

/* Words in a line's places. */
static size_t
count_words(nm_span text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        bool is_start = i == 0 || nm_ascii_is_space(text.data[i - 1]);
        count += is_start && !nm_ascii_is_space(text.data[i]);
    }
    return count;
}

/* Words that belong to a channel, by looking at all lines. */
static size_t
count_places(nm_span text, nm_span name)
{
    nm_channel_search walk = nm_channel_search_init(text, nm_span_of(NULL, 0));
    nm_channel_line line;
    size_t count = 0;
    while (nm_channel_line_next(&walk, &line)) {
        count += nm_span_equal(line.name, name) ? count_words(line.places) : 0;
    }
    return count;
}

static void
look_up(nm_span text, nm_span name)
{
    nm_channel_search search = nm_channel_search_init(text, name);
    size_t count = 0;
    for (;; count++) {
        nm_channel_place place;
        nm_error err;
        nm_status status = nm_channel_place_next(&search, &place, &err);
        if (status == NM_END) {
            break;
        }
        if (status == NM_OK) {
            require_inside(place.text, text);
            if (!place.is_endpoint) {
                require_place(&place);
            }
        } else {
            FUZZ_REQUIRE(status == NM_E_PARSE && err.offset < text.len);
        }
    }
    FUZZ_REQUIRE(search.is_known);
    FUZZ_REQUIRE(count == count_places(text, name));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    nm_span text = nm_span_of(data, size);
    nm_channel_search walk = nm_channel_search_init(text, nm_span_of(NULL, 0));
    nm_channel_line line;
    uint64_t last = 0;
    unsigned lines = 0;
    while (size <= TEXT_MAX && lines++ < LINES_MAX && nm_channel_line_next(&walk, &line)) {
        FUZZ_REQUIRE(line.name.len > 0 && line.number > last);
        last = line.number;
        require_inside(line.name, text);
        require_inside(line.places, text);
        look_up(text, line.name);
    }
    return 0;
}
