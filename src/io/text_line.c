/* SPDX-License-Identifier: Apache-2.0 */
/* One message as a line of JSON or a record of presentation text. */
#include "io/text_line.h"

#include "text/json_record.h"
#include "text/pres_record.h"

nm_status
nm_text_line_write(const nm_text_options *options, const nm_message *m, nm_buffer *to,
                   nm_buffer *scratch, nm_error *err)
{
    const nm_payload *payload = &m->payload;
    nm_fields fields = nm_message_fields(m);
    if (m->schema == NULL && options->format == NM_FORMAT_JSON) {
        return nm_error_set(err, NM_E_TYPE, 0, "no message type %u:%u to write as text",
                            payload->vendor, payload->type);
    }
    size_t before = to->len;
    nm_writer w = nm_writer_begin(to);
    nm_status status = NM_OK;
    if (options->format == NM_FORMAT_PRES) {
        status = nm_pres_record_write(&w, payload, &fields, &options->aliases, options->endline,
                                      scratch);
    } else {
        status = nm_json_record_write(&w, payload, &fields, &options->aliases, scratch);
        nm_writer_octet(&w, '\n');
    }
    nm_status ended = nm_writer_end(&w);
    status = status != NM_OK ? status : ended;
    if (status != NM_OK) {
        to->len = before;
        return nm_error_set(err, status, 0, "message of %zu octets as text: %s", payload->data.len,
                            nm_status_text(status));
    }
    return NM_OK;
}
