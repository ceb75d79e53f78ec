// How many threads may compute at once in this process, over all models: as many as there are CPUs to use. An instance asks
// before each batch, so that many models do not oversubscribe the machine; among those that wait, the model that has computed
// least lately goes first, so that a busy or slow model cannot starve another.
#pragma once

#include <cstdint>
#include <memory>

namespace headrace::serve {

class CpuBudget {
 public:
  static std::shared_ptr<CpuBudget> create(int cpus);
  virtual ~CpuBudget() = default;

  using Client = uint64_t;
  virtual Client add_client() = 0;  // a model
  virtual void remove_client(Client client) = 0;

  // Waits until `threads` (at most what there is in all) are free and it is this client's turn.
  virtual void acquire(Client client, int threads) = 0;
  // The same without waiting: whether it got them.
  virtual bool try_acquire(Client client, int threads) = 0;
  virtual int cpus() const = 0;    // there are in all
  virtual int in_use() const = 0;  // held now

  // `used_ns` is what the batch took in wall time; 0: nothing ran. No thread remains held afterwards.
  virtual void release(Client client, int threads, int64_t used_ns) = 0;
};

}  // namespace headrace::serve
