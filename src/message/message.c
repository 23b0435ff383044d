/* SPDX-License-Identifier: Apache-2.0 */
/* From a payload record to a message. */
#include "message/message.h"

#include "message/registry.h"

nm_status
nm_message_decode(nm_message *m, const nm_payload *payload, nm_error *err)
{
    if (m->schema == NULL || m->schema->vendor != payload->vendor ||
        m->schema->type != payload->type) {
        m->schema = nm_registry_find(payload->vendor, payload->type);
    }
    m->payload = *payload;
    if (m->schema == NULL) {
        return NM_OK;
    }
    if (m->map.schema != m->schema) {
        nm_row_map_fill(&m->map, m->schema);
    }
    return nm_index_build_mapped(&m->map, payload->data, m->slots, err);
}
