-- What wrk sends; see load.mjs. The arguments behind the address: the kind of request, and its argument.
local count = 0
local tokens = {}

function init(args)
  kind, argument = args[1], args[2]
  if kind == "me" or kind == "signed" then
    for line in io.lines(argument) do tokens[#tokens + 1] = line end
  end
end

function request()
  if kind == "get" then return wrk.format("GET") end
  count = count + 1
  if kind == "me" then
    return wrk.format("GET", nil, { ["Authorization"] = "Bearer " .. tokens[count % #tokens + 1] })
  end
  if kind == "signed" then
    local signature, form = tokens[count % #tokens + 1]:match("^(%S+) (.*)$")
    local headers = {
      ["Content-Type"] = "application/x-www-form-urlencoded", ["X-Twilio-Signature"] = signature
    }
    return wrk.format("POST", nil, headers, form)
  end
  local body = string.format('{"email":"%s%d@example.com","phone":"+1555%07d"}', argument, count, count)
  return wrk.format("POST", nil, { ["Content-Type"] = "application/json" }, body)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"seconds":%f,"refused":%d,"errors":%d,"p50":%f,"p99":%f}\n',
    summary.requests, summary.duration / 1e6, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
