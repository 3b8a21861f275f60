#include "openapi/wire/pot_spec.hpp"

#include "openapi/wire/detail/codec_body.hpp"
#include "openapi/wire/detail/pot_spec_fields.hpp"

namespace potd::wire {
POTD_WIRE_CODEC(InterfaceSpec);
POTD_WIRE_CODEC(DeviceSpec);
POTD_WIRE_CODEC(NetworkSpec);
POTD_WIRE_CODEC(DnsSpec);
POTD_WIRE_CODEC(HostEntry);
POTD_WIRE_CODEC(PortSpec);
POTD_WIRE_CODEC(MountSpec);
POTD_WIRE_CODEC(IoLimitSpec);
POTD_WIRE_CODEC(LimitsSpec);
POTD_WIRE_CODEC(StopSpec);
POTD_WIRE_CODEC(HookSpec);
POTD_WIRE_CODEC(HooksSpec);
POTD_WIRE_CODEC(BackoffSpec);
POTD_WIRE_CODEC(RestartSpec);
POTD_WIRE_CODEC(ExecCheckSpec);
POTD_WIRE_CODEC(TcpCheckSpec);
POTD_WIRE_CODEC(HttpCheckSpec);
POTD_WIRE_CODEC(HealthSpec);
POTD_WIRE_CODEC(BootSpec);
POTD_WIRE_CODEC(OomSpec);
POTD_WIRE_CODEC(CapabilitiesSpec);
POTD_WIRE_CODEC(SecuritySpec);
POTD_WIRE_CODEC(LogSpec);
POTD_WIRE_CODEC(SnapshotsSpec);
POTD_WIRE_CODEC(PotSpec);
}  // namespace potd::wire
