// What stands beside libnvrtc, and holds nothing here.
