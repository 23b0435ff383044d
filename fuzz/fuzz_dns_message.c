/* SPDX-License-Identifier: Apache-2.0 */
/* The input is a DNS message; it is written as text and as JSON. */
#include "base/ascii.h"
#include "base/buffer.h"
#include "dns/message.h"

#include "fuzz.h"

enum { OUT_MAX = 1 << 28 };

typedef nm_status message_writer(nm_writer *w, nm_span message);

/* What was in the buffer stays, and of an unparsable message nothing is written. A failed
 * allocation is tried again: it fails once. */
static nm_status
write_message(message_writer *write, nm_span message, nm_buffer *out)
{
    nm_writer w = nm_writer_begin(out);
    size_t before = out->len;
    nm_status status = write(&w, message);
    if (status == NM_E_NOMEM) {
        FUZZ_REQUIRE(fuzz_memory_has_failed() && nm_writer_end(&w) == NM_E_NOMEM);
        FUZZ_REQUIRE(out->len == before);
        w = nm_writer_begin(out);
        status = write(&w, message);
    }
    FUZZ_REQUIRE(nm_writer_end(&w) == NM_OK);
    FUZZ_REQUIRE(status == NM_OK || (status == NM_E_PARSE && out->len == before));
    return status;
}

/* Lines of printable ASCII. */
static void
require_text(nm_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        FUZZ_REQUIRE(text.data[i] == '\n' || (text.data[i] >= ' ' && text.data[i] <= '~'));
    }
    FUZZ_REQUIRE(text.len > 0 && text.data[text.len - 1] == '\n');
}

/* One line of printable ASCII; outside strings nothing but JSON, with all brackets closed. */
static void
require_json(nm_span text)
{
    size_t depth = 0;
    bool is_string = false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        FUZZ_REQUIRE(c >= ' ' && c <= '~');
        if (is_string && c == '\\') {
            i++;
            FUZZ_REQUIRE(i < text.len && memchr("\"\\n", text.data[i], 3) != NULL);
        } else if (c == '"') {
            is_string = !is_string;
        } else if (!is_string) {
            FUZZ_REQUIRE(nm_ascii_is_digit(c) || memchr("{}[],:", c, 6) != NULL);
            depth += c == '{' || c == '[';
            FUZZ_REQUIRE(depth > 0);
            depth -= c == '}' || c == ']';
        }
    }
    FUZZ_REQUIRE(depth == 0 && !is_string && text.len > 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    nm_span message = nm_span_of(data, size);
    nm_buffer text;
    nm_buffer json;
    const nm_allocator *memory = fuzz_memory_begin();
    nm_buffer_init(&text, OUT_MAX, memory);
    nm_buffer_init(&json, OUT_MAX, memory);
    nm_status status = write_message(nm_dns_message_format, message, &text);
    FUZZ_REQUIRE(write_message(nm_dns_message_json, message, &json) == status);
    if (status == NM_OK) {
        require_text(nm_buffer_span(&text));
        require_json(nm_buffer_span(&json));
    }
    nm_buffer_clear(&text);
    nm_buffer_clear(&json);
    fuzz_memory_end();
    return 0;
}
