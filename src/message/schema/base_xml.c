/* SPDX-License-Identifier: Apache-2.0 */
/* base:xml: a document in XML. */
#include "message/schema/tables.h"

static const nm_field xml_fields[] = {
    {1, NM_NAME("xmltype"), NM_PB_BYTES, NM_KIND_STRING, NM_FIELD_REQUIRED, NULL},
    {2, NM_NAME("xmlpayload"), NM_PB_BYTES, NM_KIND_BYTES, NM_FIELD_REQUIRED, NULL},
};

const nm_schema nm_schema_base_xml = {
    .vendor = NM_VENDOR_BASE,
    .type = 10,
    .name = "xml",
    NM_SCHEMA_FIELDS(xml_fields),
};
