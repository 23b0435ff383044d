/* SPDX-License-Identifier: Apache-2.0 */
/* The first octet says whether it is an output; the rest is read as the text of a ZeroMQ endpoint,
 * and compared with what a plain walk over its parts finds. */
#include "io/zmq_endpoint.h"

#include <strings.h>

#include "fuzz.h"

enum { TEXT_MAX = 1024 };

/* What the words of a text say: 'a' or 'c', 's' or 'l', '\0' where they say nothing. */
typedef struct sayings {
    char direction;
    char pattern;
    bool is_twice;
} sayings;

static void
note(char *saying, char value, bool *is_twice)
{
    *is_twice = *is_twice || *saying != '\0';
    *saying = value;
}

/* `words` is NUL-terminated and gets changed. */
static sayings
read_words(char *words)
{
    sayings s = {.is_twice = false};
    for (char *word = words; word != NULL;) {
        char *comma = strchr(word, ',');
        if (comma != NULL) {
            *comma = '\0';
        }
        if (strcasecmp(word, "accept") == 0 || strcasecmp(word, "connect") == 0) {
            note(&s.direction, (char)(word[0] | ' '), &s.is_twice);
        } else if (strcasecmp(word, "pubsub") == 0 || strcasecmp(word, "pushpull") == 0) {
            note(&s.pattern, (char)(word[3] | ' '), &s.is_twice); /* "s" of "pubs", "h". */
        }
        word = comma != NULL ? comma + 1 : NULL;
    }
    return s;
}

/* With what was read, the same comes out again. */
static void
require_stable(const nm_zmq_endpoint *endpoint, bool is_output)
{
    char text[NM_ZMQ_ADDRESS_MAX + 32];
    nm_zmq_endpoint again;
    int len = snprintf(text, sizeof text, "%s,%s,%s", endpoint->address,
                       endpoint->is_accepting ? "accept" : "connect",
                       endpoint->is_pushpull ? "pushpull" : "pubsub");
    nm_span span = nm_span_of(text, (size_t)len);
    FUZZ_REQUIRE(nm_zmq_endpoint_parse(span, is_output, &again, /* err= */ NULL) == NM_OK);
    FUZZ_REQUIRE(strcmp(endpoint->address, again.address) == 0);
    FUZZ_REQUIRE(endpoint->is_accepting == again.is_accepting);
    FUZZ_REQUIRE(endpoint->is_pushpull == again.is_pushpull);
    FUZZ_REQUIRE(endpoint->queue_len == again.queue_len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char copy[TEXT_MAX + 1] = "";
    nm_zmq_endpoint endpoint;
    nm_error err = {.code = NM_OK};
    if (size == 0 || size > TEXT_MAX) {
        return 0;
    }
    bool is_output = (data[0] & 1) != 0;
    nm_span text = nm_span_of(data + 1, size - 1);
    memset(&endpoint, 0, sizeof endpoint);
    nm_status status = nm_zmq_endpoint_parse(text, is_output, &endpoint, &err);
    FUZZ_REQUIRE(status == NM_OK || (status == NM_E_ARGUMENT && err.message[0] != '\0'));
    if (status != NM_OK || memchr(text.data, '\0', text.len) != NULL) {
        return 0; /* What stands behind a NUL is a word that means nothing. */
    }
    memcpy(copy, text.data, text.len);
    char *address = copy + strspn(copy, ",");
    char *comma = strchr(address, ',');
    sayings s = {.is_twice = false};
    if (comma != NULL) {
        *comma = '\0';
        s = read_words(comma + 1);
    }
    FUZZ_REQUIRE(strcmp(address, endpoint.address) == 0 && strstr(address + 1, "://") != NULL);
    FUZZ_REQUIRE(!s.is_twice);
    FUZZ_REQUIRE(endpoint.is_accepting == (s.direction != '\0' ? s.direction == 'a' : !is_output));
    FUZZ_REQUIRE(endpoint.is_pushpull == (s.pattern == 'h'));
    require_stable(&endpoint, is_output);
    return 0;
}
