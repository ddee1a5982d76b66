-- Sends what the arguments say (method, body, a file of cookies, how many of them to skip) and prints what was measured as a line of JSON.

function init(args)
  wrk.method = args[1]
  if args[2] ~= "" then wrk.body = args[2] end
  if args[3] ~= "" then takeTurns(args[3], tonumber(args[4])) end
end

-- One request for each cookie. wrk asks for the next request only where there is a global `request`.
function takeTurns(file, turn)
  local requests = {}
  for cookie in io.lines(file) do
    wrk.headers["cookie"] = cookie
    requests[#requests + 1] = wrk.format()
  end
  request = function()
    turn = turn % #requests + 1
    return requests[turn]
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"bytes":%.0f,"seconds":%f,"refused":%d,"broken":%d,"p50":%f,"p99":%f,"p999":%f}\n',
    summary.requests,
    summary.bytes,
    summary.duration / 1e6,
    errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1000,
    latency:percentile(99) / 1000,
    latency:percentile(99.9) / 1000
  ))
end
