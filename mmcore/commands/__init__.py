"""What people type: `mmcore …`, `mmcore-runner` and the helpers of both."""
