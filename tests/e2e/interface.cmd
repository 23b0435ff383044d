nmsgtool -i no-such-interface -T dnsqr 2>&1 | cut -d: -f1,2
nmsgtool --readif=no-such-interface+,96 -T dnsqr 2>&1 | cut -d: -f1,2
