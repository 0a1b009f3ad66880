// Work on many things at once, where none needs to wait for another.
#pragma once

#include <cstddef>
#include <functional>

namespace decnet {

// How many threads are worth having: the processors this process may use, at least 1 and at most 8.
unsigned processors();

// Calls work(i) once for each i below `count`, on the calling thread and up to `threads` - 1
// others, and returns when all of it is done. Threads that cannot be started are done without. A
// call that throws does not keep the others from being made; what the one of the smallest i threw
// is thrown in the end.
void for_each_index(std::size_t count, unsigned threads,
                    const std::function<void(std::size_t)>& work);

}  // namespace decnet
