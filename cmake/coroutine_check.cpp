#include <coroutine>
#include <utility>

// Counts living objects over a co_await whose operand holds a lambda with a capture and an aggregate.
static int alive = 0;
struct counted {
  counted() { ++alive; }
  counted(const counted&) { ++alive; }
  counted(counted&&) noexcept { ++alive; }
  ~counted() { --alive; }
};
struct pair_of_counted { counted a, b; };
struct task {
  struct promise_type {
    task get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
};
template <class F> std::suspend_never run(F f) { f(); return {}; }
std::suspend_never take(pair_of_counted) { return {}; }
task probe() {
  counted c;
  co_await run([c] { (void)c; });
  co_await take(pair_of_counted{counted{}, counted{}});
}
int main() { probe(); return alive == 0 ? 0 : 1; }
