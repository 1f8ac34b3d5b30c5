"""Who asks and what they may: tokens, log-ins, staff, invitations, throttles, the record of rights."""
