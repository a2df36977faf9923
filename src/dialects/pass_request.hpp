// A client's request as the OpenAI family gets it: the client's bytes with a closed list of edits. Pure.
//   model              the backend's name for it (appended when missing)
//   stream_options     include_usage asked for, members kept; gone when not streaming or when the backend rejects it
//   steering fields    gone, unless allow_fields names them; also inside chat_template_kwargs and media parts
//   foreign fields     what this dialect does not know and the table of conversions drops; allow_fields keeps them
//   nulls              of known optional fields: null means absent. So does an empty stop list
//   token limit        one field of the two, in the backend's spelling
//   response_format    {"type":"text"} is the default and is left out, except for vLLM
//   messages           role developer becomes system; assistant reasoning in the backend's spelling
#pragma once
#include "dialects/dialect.hpp"

namespace edgemesh::dialects {

/// `client.body` has passed openai::read_request(). Errors: 400 for media URLs that may not be sent to this backend
/// (param messages), and for more than 256 fields to take out.
openai::api_result<upstream_request> pass_request(backend_kind kind, const openai::client_request& client,
                                                  const request_options& options);

}  // namespace edgemesh::dialects
