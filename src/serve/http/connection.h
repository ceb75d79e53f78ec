// One connection of a client: reads a request, has it handled, writes the answer, and so on.
//
//   handshake -> idle -> head -> (interim: 100 Continue) -> body -> waiting -> writing -> idle ... -> lingering -> closed
//
// While a request waits for its inference a read is kept pending: that is how a client that goes away is noticed. What it brings
// otherwise, the next request of a client that does not wait, stays in the buffer. Everything here runs on the worker's thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "serve/http/chunk_decoder.h"
#include "serve/http/read_buffer.h"
#include "serve/http/request_head.h"
#include "serve/http/shared.h"
#include "serve/http/transport.h"
#include "serve/http/worker.h"

namespace headrace::serve::http {

class Connection : public TransportEvents, public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<Worker> worker, std::shared_ptr<Shared> shared, std::unique_ptr<Transport> transport,
             std::string peer);

  void start();
  void turn_away();  // answers 503 to whatever comes, instead of start()
  void check_deadline(Clock::time_point now);
  void close_if_idle();
  void close();

  void on_handshake(bool done) override;
  void on_read(size_t bytes) override;
  void on_written(bool done) override;

 private:
  enum class State { kHandshake, kIdle, kHead, kInterim, kBody, kWaiting, kWriting, kLingering, kClosed };

  // Reading (connection.cpp).
  void enter(State state, std::chrono::milliseconds patience);
  void read();
  void step();
  void begin_head();
  void read_head();
  void head_done();
  std::optional<Response> refuse_head();
  void begin_body();
  void read_body();
  void take_sized_body();
  void take_chunked_body();
  void body_done();
  void peer_ended();

  // Handling and writing (connection_write.cpp).
  void handle();
  void answer(uint64_t number, const std::function<Response()>& make);
  void respond(Response response);
  void refuse(Response response);  // and close: what follows of the request is not read
  void response_written(bool done);
  void linger();
  void log(int status, uint64_t response_bytes) const;

  const std::shared_ptr<Worker> worker_;
  const std::shared_ptr<Shared> shared_;
  const std::unique_ptr<Transport> transport_;
  const std::string peer_;

  State state_ = State::kHandshake;
  std::optional<Clock::time_point> deadline_;
  bool turned_away_ = false;
  bool reading_ = false;                      // a read is under way
  std::shared_ptr<BodyBuffer> reading_into_;  // where to, if not to the buffer: it stays until the read has ended
  bool ended_ = false;                        // the peer will send nothing more

  ReadBuffer buffer_;
  std::optional<HeadParser> parser_;
  std::optional<ChunkDecoder> chunks_;
  Request request_;
  uint64_t number_ = 0;  // of the request: an answer to another one is dropped
  Response response_;
  std::string response_head_;
};

}  // namespace headrace::serve::http
