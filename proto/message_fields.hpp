// Field numbers of the messages, shared by the two halves of their codec. A number never changes its meaning.
#pragma once

namespace edgemesh::proto {

enum hello_field : int { hello_version_min = 0, hello_version_max, hello_instance, hello_features, hello_wall };  // 5 fell out of use
/// ping, ack, nack, ping_request, rumours, beat, beat_back
enum membership_field : int { sequence_field = 0, target_field = 1, updates_field = 2, wall_field = 3, members_field = 4 };
enum records_field : int { raw_field = 0 };
enum digest_field : int { summary_field = 0, buckets_field = 1 };
enum bucket_keys_field : int { bucket_field = 0, answer_field = 1, keys_field = 2 };
enum want_field : int { wanted_field = 0 };
enum content_message_field : int { hash_field = 0, offset_field = 1, total_field = 2, bytes_field = 3 };  ///< fetch, chunk

}  // namespace edgemesh::proto
