// Announcements: what is said on the bus about tags that were really new.
#pragma once

#include <span>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/bus/envelope.h"
#include "decnet/model/tag.h"

namespace decnet::worker {

// The messages for the new tags of one upstream event, in the order they are published: ttp.tagged,
// then ttp.rule.fired.<technique> for each distinct parent technique in ascending order. No tags,
// no messages. A message that would not fit a frame is split into several of the same shape. A
// technique that is no topic token is left out and logged; an id too long to be one is null. The
// message ids follow from the content, so that announcing the same tags again is recognisable.
std::vector<bus::Envelope> announce(std::span<const Tag* const> new_tags, UtcTime now);

}  // namespace decnet::worker
